/**
 * `npm start`: brings the embedded stack up, runs one cycle, shows what came of it, and serves until Ctrl-C. Exit
 * codes: 0 every objective met, 2 an objective missed or damage found, 1 or another code of the failure table when it
 * could not run, 130 when interrupted before the cycle ended.
 */
import path from 'node:path';
import { build } from '../../build.ts';
import { wantsColor } from '../../src/cli/palette.ts';
import { renderSummary } from '../../src/cli/summary.ts';
import { Failure, failureCodes, failureFrom } from '../../src/policy/failure.ts';
import { softwareVersion } from '../../src/app/version.ts';
import { readOptions, usage, type Options } from './options.ts';
import { clientsOf, fetchReports, runCycle } from './run-cycle.ts';
import { Stack } from './stack.ts';
import { Steps } from './steps.ts';

const interrupted = 130;

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), process.env);
  const out = options.json ? process.stderr : process.stdout;
  if (options.help) {
    out.write(`${usage}\n`);
    return 0;
  }
  const stop = new AbortController();
  stopOnSignals(stop, out);
  const steps = new Steps(out);
  const stack = new Stack(options, steps);
  steps.say(
    `Lifeboat ${softwareVersion}: embedded stack in ${path.relative(process.cwd(), options.stateDir) || '.'}`,
  );
  try {
    await steps.run(
      'build',
      () => build(),
      (made) => (made.upToDate ? 'unchanged' : 'made'),
    );
    await stack.up(stop.signal);
    return await cycleAndServe(options, stack, steps, out, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return interrupted;
    throw error;
  } finally {
    if (stack.holdsState) await steps.run('stopping', () => stack.down());
  }
}

async function cycleAndServe(
  options: Options,
  stack: Stack,
  steps: Steps,
  out: NodeJS.WriteStream,
  signal: AbortSignal,
): Promise<number> {
  const startedAt = performance.now();
  signal.throwIfAborted();
  steps.say('\nCycle: heartbeat → snapshot → integrity scan → prune → restore drill → report');
  const clients = clientsOf(stack.profile, signal);
  const { statuses, exitCode } = await runCycle({
    clients,
    cleanUpDelaySeconds: options.cleanUpDelaySeconds,
    out,
    signal,
  });
  const reports = await fetchReports(clients, statuses, options.stateDir);
  steps.say(
    `\n${renderSummary(statuses, { width: Math.min(out.columns || 100, 100), color: wantsColor(out, process.env) })}`,
  );
  steps.say(`\nReports on this machine (JSON beside each):`);
  for (const report of reports) steps.say(`  ${path.relative(process.cwd(), report)}`);
  steps.say(`\nCycle: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  if (options.json) process.stdout.write(`${JSON.stringify(statuses)}\n`);
  if (options.once) return exitCode;
  steps.say('\nServing; the timers run. Another shell: npx lifeboat status. Ctrl-C stops everything.');
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  return exitCode;
}

/** The first signal stops in order; what follows it changes nothing. */
function stopOnSignals(stop: AbortController, out: NodeJS.WriteStream): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) return; // A terminal and npm both pass Ctrl-C on.
      out.write('\n');
      stop.abort(new Failure('unavailable', 'interrupted', 'Start again to go on.'));
    });
  }
}

/** A failure in two lines: what is wrong, and the next step. */
function tell(error: unknown): number {
  const failure = failureFrom(error);
  process.stderr.write(`\n${failure.message}\n→ ${failure.hint}\n`);
  if (!(error instanceof Failure) && process.env['LIFEBOAT_DEBUG'] !== undefined)
    process.stderr.write(`${error instanceof Error ? error.stack : ''}\n`);
  return failureCodes[failure.code].exit;
}

process.exitCode = await main().catch(tell);
process.exit();
