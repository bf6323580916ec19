/**
 * Runs a script with the Node 24 of node_modules, as if it had been started directly: same terminal, same arguments,
 * its exit code. A request to stop reaches it once: a Ctrl-C at the terminal is delivered to it by the kernel, a signal
 * sent to this process alone is passed on, and copies of one request (npm sends its own) are dropped.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensureSetup } from './ensure-setup.mjs';
import { nodeBinary } from './installed.mjs';
import { projectRoot } from './node-version.mjs';
import { SetupProblem, exitWithProblem } from './problem.mjs';

/** EX_USAGE of sysexits.h. */
const EXIT_USAGE = 64;

/** Copies of one request arrive within milliseconds; a person's second Ctrl-C does not. */
const SAME_REQUEST_MS = 500;

/** Runs `<script.ts> [arguments…]`, the script's path being relative to the project's root, and exits as it does. */
export async function main([script, ...scriptArguments]) {
  try {
    const path = scriptPath(script);
    await ensureSetup(projectRoot);
    runScript(path, scriptArguments);
  } catch (error) {
    exitWithProblem(error);
  }
}

function scriptPath(script) {
  if (script === undefined) {
    throw new SetupProblem(
      'No script given.',
      'node local/setup/run.mjs <script.ts> [arguments…]',
      EXIT_USAGE,
    );
  }
  const path = join(projectRoot, script);
  if (existsSync(path)) return path;
  throw new SetupProblem(
    `${path} does not exist.`,
    'name a script relative to the project folder.',
    EXIT_USAGE,
  );
}

function runScript(path, scriptArguments) {
  const child = spawn(
    nodeBinary(projectRoot),
    ['--disable-warning=ExperimentalWarning', path, ...scriptArguments],
    { stdio: 'inherit' },
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forwardTo(child, signal));
  child.on('error', (error) =>
    exitWithProblem(
      new SetupProblem(`Node 24 could not be started: ${error.message}`, 'run `npm run setup`.'),
    ),
  );
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

function forwardTo(child, signal) {
  let lastAt = -Infinity;
  return () => {
    const isCopy = performance.now() - lastAt < SAME_REQUEST_MS;
    lastAt = performance.now();
    if (!isCopy && !(signal !== 'SIGTERM' && ownsTerminal())) child.kill(signal);
  };
}

/** Whether the terminal's Ctrl-C and hang-up go to this process's group, and so to the script in the same group. */
function ownsTerminal() {
  if (process.platform !== 'linux') return process.stdin.isTTY === true;
  // Fields after the command's closing parenthesis: state, parent, group, session, terminal, the terminal's group.
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields[2] === fields[5];
}
