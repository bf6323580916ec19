/**
 * The entry of the `lifeboat` command: joins it to the process. The exit code is set and the process left to end by
 * itself, so that what was written into a pipe arrives. The first interruption ends the command in order, a second one
 * at once; a reader that went away (`lifeboat status | head`) is no error.
 */
import { homedir } from 'node:os';
import { systemNow } from './clock.ts';
import { Interruption, run } from './program.ts';

const signalExits = { SIGINT: 130, SIGTERM: 143 } as const;

const interruption = new AbortController();
for (const [signal, exit] of Object.entries(signalExits)) {
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(exit);
    interruption.abort(new Interruption(exit));
  });
}
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}

process.exitCode = await run(process.argv.slice(2), {
  stdin: () => process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  home: homedir(),
  now: systemNow,
  signal: interruption.signal,
});
