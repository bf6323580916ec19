/** A storage service that takes requests and does not answer, or stops in the middle of an answer. */
import { AnonymousCredential, ContainerClient } from '@azure/storage-blob';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BlobVault } from '../../src/azure/blob-vault.ts';
import { boundedPipeline } from '../../src/azure/storage-pipeline.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';

const withinMs = 150;
const text = '{"a": "document"}';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let vault: BlobVault;
let answer: Answer;
let requests: string[];

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    requests.push(
      `${request.method} ${new URL(request.url ?? '', 'http://x').searchParams.get('comp') ?? ''}`,
    );
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const pipeline = boundedPipeline(new AnonymousCredential(), {}, withinMs);
  const container = new ContainerClient(`http://127.0.0.1:${port}/account/vault`, pipeline);
  vault = new BlobVault(container, new VirtualWallClock());
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const silent: Answer = () => undefined;
const whole: Answer = (_request, response) => {
  response.writeHead(200, { etag: '"1"', 'content-length': text.length }).end(text);
};
/** Half of the document, and then nothing more. */
const halted: Answer = (_request, response) => {
  response.writeHead(200, { etag: '"1"', 'content-length': text.length }).write(text.slice(0, 8));
};

test('a read that is not answered is given up as something that may pass', async () => {
  answer = silent;
  await expect(vault.read('a.json')).rejects.toMatchObject({
    code: 'unavailable',
    retryable: true,
    message: 'vault: it gave no answer in time',
  });
});

test('a document that stops in the middle is given up as well', async () => {
  answer = halted;
  await expect(vault.read('a.json')).rejects.toMatchObject({ code: 'unavailable', retryable: true });
});

test('an append whose answer is lost fails, and the next one of the same log is made', async () => {
  let isSilent = true;
  const length = { etag: '"1"', 'content-length': 0, 'x-ms-blob-committed-block-count': '1' };
  answer = (request, response) => {
    if (request.url?.includes('comp=appendblock') === true && isSilent) return;
    response.writeHead(request.method === 'HEAD' ? 200 : 201, length).end();
  };
  const [lost, behind] = [vault.append('audit/', ['one']), vault.append('audit/', ['two'])];
  await expect(lost).rejects.toMatchObject({ code: 'cannot-record' });
  isSilent = false;
  await behind;
  expect(requests.filter((one) => one === 'PUT appendblock')).toHaveLength(2);
});

test('an answer that comes is not given up', async () => {
  answer = whole;
  expect((await vault.read('a.json'))?.version).toBe('"1"');
  await new Promise((resolve) => setTimeout(resolve, 2 * withinMs));
  expect((await vault.read('a.json'))?.version).toBe('"1"');
});
