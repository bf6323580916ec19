/**
 * How every client of a storage account sends its requests: bounded in time. The library waits for an answer as long as
 * the connection stands; a request whose answer is lost would keep its activity, and every append behind it, for ever.
 */
import {
  newPipeline,
  type AnonymousCredential,
  type Pipeline,
  type StoragePipelineOptions,
} from '@azure/storage-blob';
import type { TokenCredential } from '@azure/identity';
import { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

/** How long a request may take until its answer begins, and how long an answer may then stand still. */
const answerWithinMilliseconds = 60_000;

type Factory = Pipeline['factories'][number];

/** A pipeline that gives up a request that is not answered, and an answer that does not go on. */
export function boundedPipeline(
  credential: TokenCredential | AnonymousCredential,
  options: StoragePipelineOptions = {},
  withinMilliseconds = answerWithinMilliseconds,
): Pipeline {
  const pipeline = newPipeline(credential, options);
  pipeline.factories.push(boundedBy(withinMilliseconds));
  return pipeline;
}

/** Where the library takes policies from its callers, each request passes here once for all its tries. */
function boundedBy(milliseconds: number): Factory {
  return {
    create: (next) => ({
      async sendRequest(request) {
        request.timeout = milliseconds;
        const response = await next.sendRequest(request);
        if (response.readableStreamBody !== undefined)
          giveUpWhenStill(response.readableStreamBody as Readable, milliseconds);
        return response;
      },
    }),
  };
}

/** What is read then fails, and is read again by whoever asked for it. */
function giveUpWhenStill(body: Readable, milliseconds: number): void {
  if (!(body instanceof IncomingMessage)) return;
  const { socket } = body;
  const giveUp = (): void => void body.destroy(new Error('the answer does not go on'));
  socket.setTimeout(milliseconds, giveUp);
  body.once('close', () => {
    socket.setTimeout(0);
    socket.off('timeout', giveUp);
  });
}
