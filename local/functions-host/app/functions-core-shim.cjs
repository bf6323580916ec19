// What an app gets for `@azure/functions-core`: the stand-in that the host put there before loading the app.
module.exports = globalThis[Symbol.for('functions-host.core')];
