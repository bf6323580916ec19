/** What the proxy does when the blob store behind it refuses a body in its middle, says nothing, or the caller goes. */
import http, { type RequestListener } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import {
  handleWith,
  listenOnLoopback,
  type LoopbackServer,
} from '../../../local/identity/loopback-server.ts';
import { Upstream } from '../../../local/storage-proxy/upstream.ts';

/** More than the buffers on the way hold together. */
const large = Buffer.alloc(16 * 1_024 * 1_024);
const servers: LoopbackServer[] = [];
const agents: http.Agent[] = [];

afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(listener: RequestListener): Promise<string> {
  const server = await listenOnLoopback(http.createServer(listener), 0);
  servers.push(server);
  return `http://127.0.0.1:${server.port}`;
}

/** A proxy that passes everything on to a blob store that behaves so. */
async function proxyBefore(store: RequestListener, withinMilliseconds?: number): Promise<string> {
  const upstream = new Upstream(await serve(store), {}, withinMilliseconds);
  return serve(handleWith(async (request, response) => void (await upstream.relay(request, response))));
}

/** Sends requests one after the other over one connection. */
function oneConnection(url: string): (method: string, body?: Buffer) => Promise<number> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  agents.push(agent);
  return (method, body) =>
    new Promise((resolve, reject) => {
      const headers = { 'content-length': body?.length ?? 0 };
      const sent = http.request(url, { method, agent, headers }, (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
      });
      sent.once('error', reject).end(body);
    });
}

test('a body that the blob store refuses before it has it does not keep the next request waiting', async () => {
  const ask = oneConnection(
    await proxyBefore((request, response) => {
      response.statusCode = request.method === 'PUT' ? 500 : 200;
      response.end(() => request.resume());
    }),
  );
  for (let round = 0; round < 3; round += 1) {
    expect(await ask('PUT', large)).toBe(500);
    expect(await ask('GET')).toBe(200);
  }
});

test('a blob store that does not answer is given up, and the caller told so', async () => {
  const ask = oneConnection(
    await proxyBefore((request, response) => {
      if (request.method === 'GET') response.end();
    }, 50),
  );
  expect(await ask('PUT', Buffer.from('content'))).toBe(503);
  expect(await ask('GET')).toBe(200);
});

test('a request whose caller has gone before its turn is not passed on', async () => {
  let passed = 0;
  const upstream = new Upstream(
    await serve((_request, response) => void ((passed += 1), response.end())),
    {},
  );
  const outcome = Promise.withResolvers<number | undefined>();
  const url = await serve(
    handleWith(async (request, response) => {
      response.once('close', () => outcome.resolve(upstream.relay(request, response)));
      sent.destroy();
    }),
  );
  const sent = http.request(url, { method: 'PUT', headers: { 'content-length': 10 } });
  sent.once('error', () => undefined).write('half');
  expect(await outcome.promise).toBeUndefined();
  expect(passed).toBe(0);
});
