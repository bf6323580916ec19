/**
 * What an Azure service's refusal means to Lifeboat: by its error code first, by its HTTP status where the code says
 * nothing. Texts of the service are passed on; tokens and request bodies are not.
 */
import { RestError } from '@azure/core-rest-pipeline';
import { Failure } from '../policy/failure.ts';

/** The service's own error code, wherever the libraries put it. */
export function serviceCode(error: unknown): string | undefined {
  if (!(error instanceof RestError)) return undefined;
  if (typeof error.code === 'string' && error.code !== 'REST_ERROR') return error.code;
  const details = error.details as
    | { errorCode?: string; code?: string; error?: { code?: string } }
    | undefined;
  return details?.error?.code ?? details?.errorCode ?? details?.code;
}

/** Whether the service said that the resource itself does not exist (not merely that something was not found). */
export function saysAbsent(error: unknown): boolean {
  const absent = ['ResourceNotFound', 'BlobNotFound', 'ParentResourceNotFound', 'ResourceGroupNotFound'];
  return error instanceof RestError && error.statusCode === 404 && absent.includes(serviceCode(error) ?? '');
}

/** Another operation is at work on the server, perhaps an earlier start of this very one. */
const busy = new Set(['ServerIsBusy', 'ServerBusy']);
const passing = new Set(['ServerIsNotReady', 'TooManyRequests', 'OperationTimedOut']);

/** The failure for whatever a call to `service` threw. */
export function azureFailure(service: string, thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const code = serviceCode(thrown);
  const status = thrown instanceof RestError ? thrown.statusCode : undefined;
  const said = saidBy(thrown);
  const text = `${service}: ${[code, status === undefined ? undefined : `HTTP ${status}`, said].filter(Boolean).join(', ')}`;
  const options = { cause: thrown };
  if (code !== undefined && busy.has(code))
    return new Failure('busy', text, 'It is tried again by itself.', options);
  if (code !== undefined && passing.has(code))
    return new Failure('unavailable', text, 'It is tried again by itself.', options);
  if (status === 401 || status === 403)
    return new Failure(
      'access-denied',
      text,
      "Grant the deployment's identity the role that docs/design.md names for this call.",
      options,
    );
  if (status === 404)
    return new Failure(
      'not-found',
      text,
      'Compare the resource ids in the estate file with what stands in Azure.',
      options,
    );
  if (status === 409 || status === 412)
    return new Failure(
      'conflict',
      text,
      'Another change came first; look at the resource before trying again.',
      options,
    );
  if (status !== undefined && status < 500 && status !== 408 && status !== 429)
    return new Failure(
      'operation-failed',
      text,
      'The service refused the request; its code says why.',
      options,
    );
  return new Failure(
    'unavailable',
    text,
    'The service could not be reached or is overloaded; it is tried again by itself.',
    options,
  );
}

/** What the libraries say of a request that was given up names neither the service nor what happened. */
function saidBy(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.name === 'AbortError') return 'it gave no answer in time';
  return thrown.message.split('\n')[0]?.slice(0, 400) ?? '';
}
