/**
 * Makes a clone ready to run: a supported platform, the dependencies of package-lock.json, and a Node 24 and a
 * PostgreSQL that run. Does nothing when all that holds, so that every command may begin with it; several may begin at
 * once. Ends with a ready clone or a `SetupProblem`.
 */
import { requireFreeSpace, watchFreeSpace } from './free-space.mjs';
import { binariesState, forgetInstalled, installedState, rememberInstalled } from './installed.mjs';
import { explainNpmFailure } from './npm-failure.mjs';
import { startNpmCi } from './npm.mjs';
import { libcProblem, nodeReport, platformProblem } from './platform.mjs';
import { SetupProblem } from './problem.mjs';
import { inSeconds, startProgress } from './progress.mjs';
import { acquireSetupLock } from './setup-lock.mjs';

const ATTEMPTS = 2;

/** Resolves to `{ versions: { node, postgres }, installed }` once the clone at `root` is ready. */
export async function ensureSetup(root) {
  refuse(platformProblem(process.platform, process.arch));
  const state = await installedState(root);
  if (state.ready) return { versions: state.versions, installed: false };
  refuse(libcProblem(process.platform, nodeReport()));
  requireFreeSpace(root);
  const lock = await waitForLock(root);
  try {
    return await installUnlessDone(root, lock);
  } finally {
    lock.release();
  }
}

/** Prints that the clone is ready, for a person who ran setup by itself. */
export function reportReady({ versions }) {
  process.stderr.write(`Ready: Node ${versions.node}, PostgreSQL ${versions.postgres}.\n`);
}

async function waitForLock(root) {
  let progress;
  const lock = await acquireSetupLock(root, (pid) => {
    progress = startProgress(`Waiting for another setup (process ${pid ?? 'unknown'})`);
  });
  progress?.done();
  return lock;
}

/** Looks again under the lock: the setup that was waited for may have done it all. */
async function installUnlessDone(root, lock) {
  const state = await installedState(root);
  if (state.ready) return { versions: state.versions, installed: false };
  process.stderr.write(`Installing the dependencies, because ${state.reason} (takes about half a minute).\n`);
  const progress = startProgress('Installing');
  try {
    const versions = await installWithRetry(root, lock);
    process.stderr.write(`Installed in ${inSeconds(progress.done())}.\n`);
    return { versions, installed: true };
  } finally {
    progress.done();
  }
}

async function installWithRetry(root, lock) {
  for (let attempt = 1; ; attempt += 1) {
    const failure = await installOnce(root, lock);
    if (failure.versions !== undefined) return failure.versions;
    if (attempt === ATTEMPTS || !failure.retry) throw new SetupProblem(failure.message, failure.next);
    process.stderr.write(`${failure.message.split('\n', 1)[0]} Trying once more.\n`);
  }
}

/** One `npm ci`: `{ versions }`, or `{ message, next, retry }`. */
async function installOnce(root, lock) {
  forgetInstalled(root);
  const npm = startNpmCi(root);
  if (npm.groupId !== undefined) lock.recordGroup(npm.groupId);
  const interruption = stopOnInterruption(npm, lock, root);
  const { ok, output } = await npm.finished;
  interruption.check();
  if (!ok) return explainNpmFailure(output);
  const state = await binariesState(root);
  if (!state.ready) return unusableInstallation(state.reason);
  rememberInstalled(root);
  return { versions: state.versions };
}

function unusableInstallation(reason) {
  return {
    message: `npm reports success, but ${reason}.`,
    next:
      'see that npm may run install scripts (`npm config get ignore-scripts` says false) and that the folder is not ' +
      'mounted with noexec, then run the same command again.',
    retry: false,
  };
}

/** Ends npm on a signal, a lost lock or a full disk; `check()` then throws what ends setup. */
function stopOnInterruption(npm, lock, root) {
  let problem;
  const stopWith = (reason) => {
    problem ??= reason;
    npm.stop();
  };
  const signals = Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }).map(([signal, exitCode]) => {
    const handler = () =>
      stopWith(new SetupProblem('Setup was interrupted.', 'run the same command again.', exitCode));
    process.on(signal, handler);
    return { signal, handler };
  });
  lock.onLost(() => stopWith(new SetupProblem('Another setup took over.', 'run the same command again.')));
  const watch = watchFreeSpace(root, stopWith);
  return {
    check() {
      watch.stop();
      for (const { signal, handler } of signals) process.off(signal, handler);
      if (problem !== undefined) throw problem;
    },
  };
}

function refuse(problem) {
  if (problem !== undefined) throw new SetupProblem(problem.message, problem.next);
}
