/** JSON answers of a service: the body of a success, a `RestError` with the service's own code for anything else. */
import { RestError, type PipelineResponse } from '@azure/core-rest-pipeline';

export type JsonBody = Readonly<Record<string, unknown>>;

/** The body of an answer; throws a `RestError` for every answer that is no success. */
export function jsonAnswer(response: PipelineResponse): JsonBody {
  const body = bodyOf(response);
  if (response.status < 400) return body;
  const error = body['error'] as { code?: string; message?: string } | undefined;
  throw new RestError(error?.message ?? `HTTP ${response.status}`, {
    statusCode: response.status,
    ...(error?.code === undefined ? {} : { code: error.code }),
    response,
    request: response.request,
  });
}

function bodyOf(response: PipelineResponse): JsonBody {
  try {
    const body: unknown = JSON.parse(response.bodyAsText ?? '');
    return typeof body === 'object' && body !== null ? (body as JsonBody) : {};
  } catch {
    return {}; // An answer without a JSON body is judged by its status alone.
  }
}
