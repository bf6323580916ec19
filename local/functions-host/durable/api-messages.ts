/** Requests to and answers from the management API, independent of the HTTP server that carries them. */

/** A request, its path relative to the API. */
export interface ApiRequest {
  readonly method: string;
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly header: (name: string) => string | undefined;
  readonly body: string;
}

/** An answer; `json` is the body's value, absent for an empty body. */
export interface ApiResponse {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
}

/** The answer to what does not exist. */
export const NOT_FOUND: ApiResponse = { status: 404 };

/** A 400 with an explanation. */
export function badRequest(message: string): ApiResponse {
  return { status: 400, json: { Message: message } };
}

/** The value of a JSON body, or undefined if it is not JSON; an empty body is `empty`. */
export function parseBody(body: string, empty: unknown): { readonly value: unknown } | undefined {
  if (body === '') return { value: empty };
  try {
    return { value: JSON.parse(body) as unknown };
  } catch {
    return undefined;
  }
}
