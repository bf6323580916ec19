/**
 * The program: `node local/storage-proxy/main.ts --config <file.json>`. It prints one line `READY {…addresses}` when it
 * serves, stops on SIGTERM or SIGINT and exits with 0; it exits with 1 and one message when it cannot start.
 */
import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { parseArgs } from 'node:util';
import { readConfig } from './config.ts';
import { createStorageProxy } from './proxy.ts';

try {
  await main();
} catch (error) {
  process.stderr.write(`${explain(error as NodeJS.ErrnoException)}\n`);
  process.exit(1);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined)
    throw new Error('Usage: node local/storage-proxy/main.ts --config <file.json>');
  const config = readConfig(values.config);
  if (config.tls !== undefined)
    setDefaultCACertificates([...getCACertificates('default'), readFileSync(config.tls.caFile, 'utf8')]);
  // Whoever started this process may be gone; that is no reason to stop serving.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  const stopSignals = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
  });
  const proxy = await createStorageProxy(config);
  process.stdout.write(`READY ${JSON.stringify({ url: proxy.url, controlPort: proxy.controlPort })}\n`);
  await stopSignals;
  await proxy.close();
  process.exit(0);
}

function explain(error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE') {
    const { port } = error as NodeJS.ErrnoException & { port?: number };
    return `Port ${port} on 127.0.0.1 is taken by another program. Stop that program, or configure another port.`;
  }
  if (error.code === 'ECONNREFUSED')
    return 'The blob store behind the proxy does not answer. Start it first.';
  if (error.code === 'ENOSPC') return 'The disk is full. Free some space, then start again.';
  return error.message;
}
