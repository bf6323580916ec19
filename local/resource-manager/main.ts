/** The program: `node local/resource-manager/main.ts --config <file.json>`; see `serve` for how it starts and ends. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { serve } from '../program/serve.ts';
import { readConfig } from './config.ts';
import { startStandIn } from './stand-in.ts';

await serve({
  file: 'local/resource-manager/main.ts',
  start: (configFile) => {
    const config = readConfig(configFile);
    holdStateFolder(config.stateDir);
    return startStandIn(config, (message) => {
      process.stderr.write(`${new Date().toISOString()} ${message}\n`);
    });
  },
});

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
