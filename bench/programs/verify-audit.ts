/** Verifies an exported audit log as the command does, and tells what that took: `verify-audit.ts FOLDER KEY…`. */
import { homedir } from 'node:os';
import { systemNow } from '../../src/cli/clock.ts';
import { run } from '../../src/cli/program.ts';

const [folder = '', ...keys] = process.argv.slice(2);
let answer = '';
const begun = performance.now();
const code = await run(['audit', 'verify', folder, ...keys.flatMap((key) => ['--key', key]), '--json'], {
  stdin: () => process.stdin,
  stdout: { write: (text) => (answer += text) !== '' },
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  home: homedir(),
  now: systemNow,
  signal: new AbortController().signal,
});
const seconds = (performance.now() - begun) / 1_000;
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const { verdict, entries, checkpoints } = JSON.parse(answer) as Record<string, unknown>;
process.stdout.write(
  JSON.stringify({
    ...{ code, verdict, entries, checkpoints, seconds },
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakMiB: maxRSS / 1_024,
  }),
);
