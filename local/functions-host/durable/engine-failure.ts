/** Refusals of the engine that a caller can act on. */

/** `invalid`: the request is wrong; `conflict`: the instance id is in use. */
export class EngineFailure extends Error {
  readonly kind: 'invalid' | 'conflict';
  constructor(kind: 'invalid' | 'conflict', message: string) {
    super(message);
    this.name = 'EngineFailure';
    this.kind = kind;
  }
}
