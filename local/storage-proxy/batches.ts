/**
 * Batch requests: one that deletes snapshots of blobs and nothing else is passed on, for it touches neither a blob nor
 * its history. Every other one is refused: its parts would escape the history.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { targetOf } from './address.ts';
import { sendError } from './errors.ts';
import { hiddenContainer } from './kept-content.ts';
import type { Upstream } from './upstream.ts';

/** What the service takes as a batch's body. */
const mostBytes = 4 * 1_024 * 1_024;

/** Passes the batch on as it is, or refuses it. */
export async function relayBatch(
  upstream: Upstream,
  request: IncomingMessage,
  response: ServerResponse,
  account: string,
): Promise<void> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes)
      return sendError(response, 413, 'RequestBodyTooLarge', 'The body of the batch is too large.');
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (!deletesSnapshotsAlone(body.toString(), account))
    return sendError(
      response,
      501,
      'NotImplemented',
      'The storage proxy does not model batches of anything but deletions of snapshots.',
    );
  const { url = '/', headers } = request;
  await upstream.relay(request, response, () => ({}), url, headers, Readable.from([body]));
}

/** Whether every part of a batch deletes a snapshot of the account. */
function deletesSnapshotsAlone(body: string, account: string): boolean {
  const lines = body.split('\r\n');
  const parts = lines.filter((line) => /^content-id:/i.test(line));
  const requests = lines.filter((line) => /^\S+ \S+ HTTP\/1\.1$/.test(line));
  const isEveryOne = requests.every((line) => isSnapshotDeletion(line, account));
  return isEveryOne && requests.length > 0 && requests.length === parts.length;
}

function isSnapshotDeletion(line: string, account: string): boolean {
  const [, url] = /^DELETE (\/\S+) HTTP\/1\.1$/.exec(line) ?? [];
  if (url === undefined) return false;
  const target = targetOf({ url });
  const { query, container, name } = target;
  if (target.account !== account || target.isSecondary || container === hiddenContainer) return false;
  return name !== '' && (query.get('snapshot') ?? '') !== '' && !query.has('versionid') && !query.has('comp');
}
