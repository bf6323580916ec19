/** Refusals of the resource manager, with the codes that its callers classify by. */

/** A request that is answered with an error document. */
export class ResourceManagerError extends Error {
  override readonly name = 'ResourceManagerError';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** A work step of an operation that ends it as failed. */
export class OperationFailure extends Error {
  override readonly name = 'OperationFailure';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** 404 for a resource or a child of it. */
export function notFound(type: string, name: string): ResourceManagerError {
  return new ResourceManagerError(
    404,
    'ResourceNotFound',
    `The resource of type '${type}' named '${name}' was not found.`,
  );
}

/** 400 for a parameter, in the provider's terse words. */
export function invalidParameter(name: string, why: string): ResourceManagerError {
  const message = `Invalid value given for parameter ${name}. Specify a valid parameter value. ${why}`;
  return new ResourceManagerError(400, 'InvalidParameterValue', message);
}
