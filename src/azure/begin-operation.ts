/**
 * Starts a long-running operation by one request whose acceptance is recorded the moment it is answered, because the
 * library's first look at the operation may fail although the provider is already at work.
 */
import type { Operation, OperationStart } from '../contracts/operations.ts';
import { isoOf } from '../contracts/values.ts';
import type { Clock } from '../ports/clock.ts';
import { azureFailure } from './errors.ts';

/** What is needed of an answer to see that the provider accepted a start. */
interface RawAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | undefined };
  readonly request: { readonly method: string };
}
export type Begin = (options: { onResponse: (raw: RawAnswer) => void }) => Promise<unknown>;

/** Sends the request that `start` makes; the accepted operation, or a thrown failure if it was not accepted. */
export async function beginOperation(
  clock: Clock,
  what: Pick<Operation, 'kind' | 'server' | 'item'>,
  start: Begin,
): Promise<OperationStart> {
  let accepted: { statusUrl: string | undefined } | undefined;
  const onResponse = (raw: RawAnswer): void => {
    if (accepted !== undefined || raw.request.method === 'GET' || raw.status >= 300) return;
    accepted = { statusUrl: raw.headers.get('azure-asyncoperation') ?? raw.headers.get('location') };
  };
  try {
    await start({ onResponse });
  } catch (thrown) {
    if (accepted === undefined) throw azureFailure('resource manager', thrown);
    // Accepted: whatever the first look at it says, polling will say again with its reason.
  }
  const statusUrl = accepted?.statusUrl;
  return {
    state: 'running',
    operation: {
      ...what,
      acceptedAt: isoOf(clock.now()),
      ...(statusUrl === undefined ? {} : { statusUrl }),
    },
  };
}
