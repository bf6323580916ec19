/** Puts the stand-in in the place of `@azure/functions-core`, whether the app imports it or requires it. */
import { createRequire, registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const shimFile = path.join(import.meta.dirname, 'functions-core-shim.cjs');
let installed = 0;

/** Installs the stand-in for this process; the returned function removes it. */
export function installFunctionsCore(api: object): () => void {
  Reflect.set(globalThis, Symbol.for('functions-host.core'), api);
  // A host started earlier in this process must not lend its stand-in: neither cache may answer for the next one.
  delete createRequire(import.meta.url).cache[shimFile];
  installed += 1;
  const url = `${pathToFileURL(shimFile).href}?core=${installed}`;
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== '@azure/functions-core') return next(specifier, context);
      return { url, format: 'commonjs', shortCircuit: true };
    },
  });
  return () => hooks.deregister();
}
