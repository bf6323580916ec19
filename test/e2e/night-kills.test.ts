/**
 * The app is killed with SIGKILL, by another process, at the boundaries between the steps of a cycle and of a restore; which
 * boundaries there are is read from what an undisturbed one recorded. Started again it goes on by itself, and nothing is done
 * twice: the resource manager's own account of its effects says so.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { budget } from '../budget.ts';
import { narrowedEstate } from './support/estate-file.ts';
import { kill } from './support/processes.ts';
import { TestStack } from './support/stack.ts';
import { boundariesOf } from './support-night/boundaries.ts';
import { expectPassed } from './support-night/expectations.ts';
import { HostAdmin } from './support-night/host-admin.ts';
import { KillMatrix, spread, type KilledRun } from './support-night/kill-matrix.ts';
import { Night } from './support-night/night.ts';
import { Pauses, type PausePoint } from './support-night/pauses.ts';
import { placeOf } from './support-night/places.ts';
import { Restores } from './support-night/restores.ts';
import { ageBackup } from './support-night/surroundings.ts';

const system = 'lms';
const region = 'eastus';
const minute = 60_000;
/** Where the first prune has deleted the expired blob snapshots and their deletion is not yet recorded. */
const snapshotsDeleted: PausePoint = { instance: 'cycle/prune#4', step: 'activity 8', side: 'before' };

let stack: TestStack;
let night: Night;
let admin: HostAdmin;
let pauses: Pauses;

beforeAll(async () => {
  const estate = narrowedEstate({ [system]: [region] });
  stack = await TestStack.make(estate);
  night = new Night(stack, placeOf(estate, system, region));
  admin = new HostAdmin(stack, region);
  pauses = new Pauses(admin.folder);
});
afterAll(() => stack.remove());

test('killed when it has just deleted expired blob snapshots, the first cycle goes on and counts them once', async () => {
  pauses.ask(snapshotsDeleted);
  const started = stack.start(['--scale', '4', '--writer-every', '1']);
  kill(await pauses.untilStanding(), 'SIGKILL');
  pauses.release();
  await started.says(/Serving; the timers run/);
  const id = await newestCycle();
  expectPassed(await night.ended(id));
  const { history } = await admin.history(id.replace('cycle.', 'prune.'));
  expect(history.find((event) => event.EventId === 8)).toMatchObject({ Name: 'pruneItems' });
  const [prune] = [...(await night.outsider.vaultTexts(system, 'prunes')).values()];
  expect(JSON.parse(prune ?? '')).toMatchObject({ outcome: 'done', deleted: { backups: 2, snapshots: 5 } });
});

const patience = { timeout: (budget.killBoundaries + 2) * minute };

test(
  'killed at any boundary between its steps, a cycle goes on, passes, and does nothing twice',
  patience,
  async () => {
    expectPassed(await night.cycle()); // From now on there is always an older proven point that may go.
    await ageBackup(night);
    const undisturbed = await night.begin();
    expectPassed(await night.ended(undisturbed));
    await expectAllSurvived('cycle', await boundariesOf(admin, undisturbed), nextCycle);
  },
);

test(
  'killed at any boundary between its steps, a restore goes on, is ready, and does nothing twice',
  patience,
  async () => {
    const restores = new Restores(night, admin);
    const undisturbed = await restores.undisturbed();
    await expectAllSurvived('restore', await boundariesOf(admin, undisturbed), (isSlow) =>
      restores.next(isSlow),
    );
  },
);

async function expectAllSurvived(
  kind: string,
  all: readonly PausePoint[],
  next: (isSlow: boolean) => Promise<KilledRun>,
): Promise<void> {
  const chosen = spread(all, budget.killBoundaries);
  console.log(`${chosen.length} of ${all.length} boundaries of a ${kind}`);
  const killed = await new KillMatrix(night, pauses, kind, next).killAt(chosen);
  expect(killed).toEqual({ broken: [], neverThere: [] });
}

async function nextCycle(): Promise<KilledRun> {
  const aged = await ageBackup(night);
  const before = await documents();
  const mark = await night.effectsNow();
  return {
    begin: () => night.begin(),
    endedWhole: (id) => expectWhole(id, { aged, before, mark }),
  };
}

async function expectWhole(
  cycle: string,
  was: { readonly aged: string; readonly before: readonly number[]; readonly mark: number },
): Promise<void> {
  expectPassed(await night.ended(cycle));
  await expectDoneOnce(was.mark, was.aged, cycle);
  expect(await documents()).toEqual(was.before.map((count) => count + 1));
  expect(await night.drillServers()).toEqual([]);
}

/** One backup taken, one deleted, one server restored, opened and removed: each effect once, and no other. */
async function expectDoneOnce(mark: number, aged: string, cycle: string): Promise<void> {
  const slot = cycle.split('.').at(-1) ?? '';
  const effects = await night.effectsSince(mark);
  const drilled = effects.find(({ kind }) => kind === 'restore-started')?.server;
  expect(
    effects.map(({ kind, server, name }) => [
      ...[kind, server],
      ...(/^(?:backup|parameter)-/.test(kind) ? [name] : []),
    ]),
  ).toEqual([
    ['backup-created', night.place.server, expect.stringContaining(slot)],
    ['backup-deleted', night.place.server, aged],
    ['restore-started', drilled],
    ['restore-finished', drilled],
    // What the source is set to, and a restore does not carry over.
    ['parameter-changed', drilled, 'max_files_per_process'],
    ['parameter-changed', drilled, 'work_mem'],
    ['parameter-changed', drilled, 'azure.extensions'],
    ['firewall-changed', drilled],
    ['server-deleted', drilled],
  ]);
}

/** How many documents of each kind that a cycle writes once there are. */
async function documents(): Promise<number[]> {
  const folders = ['points', 'scans', 'prunes', 'reports'];
  const texts = await Promise.all(folders.map((folder) => night.outsider.vaultTexts(system, folder)));
  return texts.map(
    (found, index) =>
      [...found.keys()].filter((name) => folders[index] !== 'reports' || name.endsWith('/report.json'))
        .length,
  );
}

async function newestCycle(): Promise<string> {
  const slots = [...(await night.outsider.vaultTexts(system, 'slots')).values()];
  const claims = slots.map((text) => JSON.parse(text) as { kind: string; instanceId: string });
  return claims.findLast(({ kind }) => kind === 'cycle')?.instanceId ?? '';
}
