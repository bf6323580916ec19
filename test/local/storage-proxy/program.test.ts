/** The proxy's program: how it starts, how it ends, and what it says when it cannot start. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StorageProxyConfigInput } from '../../../local/storage-proxy/config.ts';
import { chooseFreePort } from '../../../local/postgres/free-port.ts';
import { Azurite } from '../../support/azurite.ts';
import { account, key } from '../../support/storage-proxy.ts';
import { ProxyProgram } from './proxy-program.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'storage-proxy-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Writes a configuration file. */
async function configured(changes: Partial<StorageProxyConfigInput>): Promise<string> {
  const file = path.join(folder, 'storage-proxy.json');
  const upstream = `http://127.0.0.1:${await chooseFreePort()}`;
  const config = {
    stateFolder: path.join(folder, 'state'),
    upstream,
    port: 0,
    accounts: { [account]: { key } },
  };
  await writeFile(file, JSON.stringify({ ...config, ...changes }));
  return file;
}

test.each<[string, string[], RegExp]>([
  ['no configuration', [], /^Usage: node local\/storage-proxy\/main\.ts --config <file\.json>\n$/],
  ['an unknown option', ['--port', '1'], /^Unknown option '--port'/],
  [
    'a file that does not exist',
    ['--config', '/nowhere/proxy.json'],
    /^ENOENT: .*'\/nowhere\/proxy\.json'\n$/,
  ],
])('with %s it ends with 1 and one message', async (_what, args, message) => {
  const { code, stderr } = await ProxyProgram.run(args);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(code).toBe(1);
});

test('with a wrong configuration it names the file and every problem', async () => {
  const file = await configured({ port: -1, upstream: 'no URL' });
  const { code, stderr } = await ProxyProgram.run(['--config', file]);
  expect(stderr).toMatch(
    /^The configuration .*storage-proxy\.json is wrong:\n(?: {2}upstream: .*\n| {2}port: .*\n){2}$/,
  );
  expect(code).toBe(1);
});

test('without the blob store behind it it says to start that first', async () => {
  const { code, stderr } = await ProxyProgram.run(['--config', await configured({})]);
  expect(stderr).toBe('The blob store behind the proxy does not answer. Start it first.\n');
  expect(code).toBe(1);
});

test('on a port that is taken it says which one; told to stop it ends with 0', async () => {
  const azurite = await Azurite.start();
  const other = createServer();
  try {
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const upstream = new URL(azurite.url).origin;
    const taken = await ProxyProgram.run(['--config', await configured({ upstream, port })]);
    expect(taken).toEqual({
      code: 1,
      stderr: `Port ${port} on 127.0.0.1 is taken by another program. Stop that program, or configure another port.\n`,
    });
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const program = await ProxyProgram.serving(await configured({ upstream }));
      expect(await program.end(signal)).toEqual({ code: 0, stderr: '' });
    }
  } finally {
    other.close();
    await azurite.stop();
  }
});
