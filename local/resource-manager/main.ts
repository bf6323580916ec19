/**
 * The program: `node local/resource-manager/main.ts --config <file.json>`. It prints one line `READY {…addresses}` when
 * everything is up, stops its servers on SIGTERM or SIGINT and exits with 0; it exits with 1 and one message when it
 * cannot start.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from './config.ts';
import { startStandIn } from './stand-in.ts';

try {
  await main();
} catch (error) {
  process.stderr.write(`${explain(error as NodeJS.ErrnoException)}\n`);
  process.exit(1);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined)
    throw new Error('Usage: node local/resource-manager/main.ts --config <file.json>');
  const config = readConfig(values.config);
  holdStateFolder(config.stateDir);
  // Whoever started this process may be gone; that is no reason to stop serving.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  const stopSignals = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
  });
  const standIn = await startStandIn(config, (message) => {
    process.stderr.write(`${new Date().toISOString()} ${message}\n`);
  });
  process.stdout.write(`READY ${JSON.stringify(standIn.addresses)}\n`);
  await stopSignals;
  await standIn.close();
  process.exit(0);
}

/** Refuses to work on a state folder on which another stand-in works. */
function holdStateFolder(stateDir: string): void {
  mkdirSync(stateDir, { recursive: true });
  const file = path.join(stateDir, 'resource-manager.pid');
  const other = readPid(file);
  if (other !== undefined && other !== process.pid && isStandIn(other)) {
    throw new Error(`Another stand-in (process ${other}) works on ${stateDir}. Stop it first.`);
  }
  writeFileSync(file, `${process.pid}\n`);
  process.once('exit', () => rmSync(file, { force: true }));
}

function readPid(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    // No file: nobody holds the folder.
    return undefined;
  }
}

function isStandIn(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  if (process.platform !== 'linux') return true;
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('resource-manager');
}

function explain(error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE') {
    const { port } = error as NodeJS.ErrnoException & { port?: number };
    return `Port ${port} on 127.0.0.1 is taken by another program. Stop that program, or configure another port.`;
  }
  if (error.code === 'ENOSPC') return 'The disk is full. Free some space, then start again.';
  return error.message;
}
