/** A connection to the blob store whose upload was refused in its middle, for want of room, takes the next request. */
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StoredBlobs } from './stored-blobs.ts';

let store: StoredBlobs;
let full: string;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

/** Preloaded into the blob store: writes of contents are refused as a full disk refuses them, while a file is there. */
const preload = (flag: string): string =>
  `data:text/javascript,${encodeURIComponent(`
    import fs from 'node:fs';
    for (const name of ['write', 'writev']) {
      const original = fs[name];
      fs[name] = (...args) => {
        if (!fs.existsSync(${JSON.stringify(flag)})) return original(...args);
        setImmediate(args.at(-1), Object.assign(new Error('no room'), { code: 'ENOSPC' }));
      };
    }
  `)}`;

beforeEach(async () => {
  store = await StoredBlobs.make();
  full = path.join(store.dir, 'full');
  await store.start(preload(full));
});
afterEach(async () => {
  agent.destroy();
  await store.remove();
});

test('a connection whose upload a full disk refused takes the next request', async () => {
  const blob = store.container.getBlockBlobClient('large');
  const sas = await store.signedUrl('large');
  await store.container.create();
  writeFileSync(full, '');
  for (let round = 0; round < 3; round += 1) {
    expect(await ask('PUT', sas, Buffer.alloc(16 * 1_024 * 1_024))).toBe(500);
    expect(await ask('HEAD', sas)).toBe(404);
  }
  await rm(full);
  expect(await ask('PUT', sas, Buffer.from('there is room again'))).toBe(201);
  expect((await blob.downloadToBuffer()).toString()).toBe('there is room again');
});

function ask(method: string, url: string, body?: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-ms-blob-type': 'BlockBlob', 'content-length': body?.length ?? 0 };
    const sent = http.request(url, { method, agent, headers }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.once('error', reject).end(body);
  });
}
