/**
 * `npm test [-- --full] [-- paths…]`: build, type check, lint, format, tests, end-to-end tests. The first four stop the
 * run where they fail, because what follows would only repeat the cause; both test runs are always made. Ends with one
 * line `N passed, N failed` over both, which a build server reads. Fails when a test failed, was skipped or left to do,
 * and when none ran: a green run has run everything.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { addUp, readReport, type TestCounts } from './run-report.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const binaries = join(root, 'node_modules/.bin');

type Command = readonly [string, ...string[]];

interface Step {
  readonly title: string;
  readonly command: Command;
}

const checks: readonly Step[] = [
  { title: 'Build', command: ['node', 'build.ts'] },
  { title: 'Types', command: ['tsc', '-p', 'tsconfig.json', '--noEmit'] },
  { title: 'Lint', command: ['oxlint'] },
  { title: 'Format', command: ['oxfmt', '--check'] },
];

/** A request to stop, with the exit code that says so. */
class Interrupted extends Error {
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`Interrupted by ${signal}.`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** Runs a command of node_modules (or this Node) in the project's folder; resolves to whether it succeeded. */
function run([name, ...commandArguments]: Command, environment: NodeJS.ProcessEnv): Promise<boolean> {
  const command = name === 'node' ? process.execPath : join(binaries, name);
  const env = { ...process.env, ...environment, PATH: `${binaries}${delimiter}${process.env['PATH'] ?? ''}` };
  return new Promise((resolve, reject) => {
    const child = spawn(command, commandArguments, { cwd: root, env, stdio: 'inherit' });
    let interruption: Interrupted | undefined;
    const stop = (signal: 'SIGINT' | 'SIGTERM'): void => {
      interruption ??= new Interrupted(signal);
      child.kill(signal);
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    child.on('error', reject);
    child.on('exit', (code) => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      if (interruption === undefined) resolve(code === 0);
      else reject(interruption);
    });
  });
}

/** Runs a step under its heading and prints how long it took. */
async function timed<T>(title: string, work: () => Promise<T>): Promise<T> {
  console.log(`\n── ${title} ${'─'.repeat(Math.max(3, 60 - title.length))}`);
  const startedAt = performance.now();
  const result = await work();
  console.log(`${title}: ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  return result;
}

/** One vitest run, reduced to its counts; a run that left no report counts as one failure. */
async function runTests(
  project: string,
  paths: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<TestCounts> {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-test-run-'));
  const report = join(folder, 'report.json');
  try {
    const succeeded = await run(
      [
        'node',
        'node_modules/vitest/vitest.mjs',
        'run',
        '--project',
        project,
        '--passWithNoTests',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...paths,
      ],
      environment,
    );
    return readReport(await readFile(report, 'utf8').catch(() => undefined), succeeded, root);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function main({ full, paths }: Arguments): Promise<number> {
  const environment = full ? { LIFEBOAT_BUDGET: 'full' } : {};
  for (const { title, command } of checks) {
    if (await timed(title, () => run(command, environment))) continue;
    console.log(`\n${title} failed; the tests were not run.\n0 passed, 1 failed`);
    return 1;
  }
  const unit = await timed('Tests', () => runTests('unit', paths, environment));
  const e2e = await timed('End-to-end tests', () => runTests('e2e', paths, environment));
  const { passed, failed, complaints } = addUp([unit, e2e]);
  console.log(['', ...complaints, `${passed} passed, ${failed} failed`].join('\n'));
  return failed === 0 ? 0 : 1;
}

interface Arguments {
  readonly full: boolean;
  readonly paths: readonly string[];
}

/** The arguments, or a thrown TypeError that names the wrong one. */
function readArguments(): Arguments {
  const { values, positionals } = parseArgs({
    options: { full: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  return { full: values.full, paths: positionals };
}

try {
  process.exitCode = await main(readArguments());
} catch (error) {
  const isUsage =
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  if (!isUsage && !(error instanceof Interrupted)) throw error;
  console.error(`${error.message}${isUsage ? '\nUsage: npm test [-- --full] [-- paths…]' : ''}`);
  process.exitCode = isUsage ? 64 : (error as Interrupted).exitCode;
}
