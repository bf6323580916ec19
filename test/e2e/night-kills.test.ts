/**
 * The app is killed with SIGKILL, by another process, at the boundaries between the steps of a cycle; which boundaries
 * there are is read from what an undisturbed cycle recorded. Started again it goes on by itself, and nothing is done
 * twice: the resource manager's own account of its effects says so.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { budget } from '../budget.ts';
import { narrowedEstate } from './support/estate-file.ts';
import { kill } from './support/processes.ts';
import { TestStack } from './support/stack.ts';
import { until } from './support/until.ts';
import { boundariesOf } from './support-night/boundaries.ts';
import { expectPassed } from './support-night/expectations.ts';
import { HostAdmin } from './support-night/host-admin.ts';
import { Night } from './support-night/night.ts';
import { Pauses, type PausePoint } from './support-night/pauses.ts';
import { placeOf } from './support-night/places.ts';
import { ageBackup, slowOperations } from './support-night/surroundings.ts';

const system = 'lms';
const region = 'eastus';
const minute = 60_000;
/** Where the first prune has deleted the expired blob snapshots and their deletion is not yet recorded. */
const snapshotsDeleted: PausePoint = { instance: 'cycle/prune#4', step: 'activity 8', side: 'before' };
/** A boundary inside a wait, which ends sooner or later, need not be there in every cycle. */
const mostTries = 5;
/** At first a cycle is killed at many boundaries; what did not come up among them has a cycle of its own. */
const killsOfACycle = (tries: number): number => (tries <= 2 ? 8 : 1);
/** How long the provider then takes for each operation, so that every wait for one has all its turns. */
const slowOperationMs = 6_000;

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

test(
  'killed at any boundary between its steps, a cycle goes on, passes, and does nothing twice',
  { timeout: (budget.killBoundaries + 2) * minute },
  async () => {
    expectPassed(await night.cycle()); // From now on there is always an older proven point that may go.
    await ageBackup(night);
    const undisturbed = await night.begin();
    expectPassed(await night.ended(undisturbed));
    const all = await boundariesOf(admin, undisturbed);
    const chosen = spread(all, budget.killBoundaries);
    console.log(`${chosen.length} of ${all.length} boundaries, ${day()} days after 1970`);
    const broken: string[] = [];
    let left = chosen;
    for (let tries = 1; tries <= mostTries && left.length > 0; tries += 1)
      left = await killAtEach(left, killsOfACycle(tries), tries > 1, broken);
    expect({ broken, neverThere: left }).toEqual({ broken: [], neverThere: [] });
  },
);

/** Kills at each of the boundaries, over as many cycles as it takes; returns those that never came up. */
async function killAtEach(
  boundaries: readonly PausePoint[],
  killsInCycle: number,
  isSlow: boolean,
  broken: string[],
): Promise<PausePoint[]> {
  const cycles = Math.ceil(boundaries.length / killsInCycle);
  const missed: PausePoint[] = [];
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const farApart = boundaries.filter((_, index) => index % cycles === cycle);
    try {
      if (isSlow) await slowOperations(night, slowOperationMs);
      const notThere = await surviveKillsAt(farApart);
      missed.push(...notThere);
      console.log(`cycle ${cycle + 1} of ${cycles}: ${farApart.length - notThere.length} kills survived`);
    } catch (error) {
      broken.push(`killed at ${JSON.stringify(farApart)}: ${whole(error)}`);
    }
  }
  return missed;
}

/** An error with all that was found, which its message shortens. */
const whole = (error: unknown): string =>
  `${String(error)} ${JSON.stringify((error as { readonly actual?: unknown }).actual) ?? ''}`;

/** One cycle that is killed at each of these boundaries, in their order; returns those that did not come up. */
async function surviveKillsAt(boundaries: readonly PausePoint[]): Promise<PausePoint[]> {
  const aged = await ageBackup(night);
  const before = await documents();
  const mark = await night.effectsNow();
  const [first, ...later] = boundaries;
  pauses.ask(first!);
  const id = await beginWhereItMayStand();
  const kills = await killWhereverItStands(id, later);
  expectPassed(await night.ended(id));
  await expectDoneOnce(mark, aged, id);
  expect(await documents()).toEqual(before.map((count) => count + 1));
  expect(await night.drillServers()).toEqual([]);
  return boundaries.slice(kills);
}

/** Begins a cycle. A host that comes to stand before it has answered has claimed the slot: that names it. */
async function beginWhereItMayStand(): Promise<string> {
  const before = await newestCycle();
  const answer = night.begin().catch(() => undefined);
  return until('a cycle has begun', async () => {
    const id = await Promise.race([answer, sleep(200, undefined)]);
    if (id !== undefined || pauses.standing === undefined) return id;
    const newest = await newestCycle();
    return newest === before ? undefined : newest;
  });
}

/** Kills the host where it stands, and at each further boundary; returns how often until the cycle had ended. */
async function killWhereverItStands(id: string, later: readonly PausePoint[]): Promise<number> {
  for (let kills = 0; ; kills += 1) {
    if (!(await killWhenStanding(id))) return kills;
    const next = later[kills];
    if (next === undefined) return kills + 1;
    pauses.ask(next); // Before the host is up again.
  }
}

/** Kills the host where it stands; false if the cycle ended without coming there. */
async function killWhenStanding(id: string): Promise<boolean> {
  const pid = await until('the host stands, or the cycle has ended', async () => {
    if (pauses.standing !== undefined) return pauses.standing;
    const asked = night.api.operation(id).catch(() => undefined);
    const view = await Promise.race([asked, sleep(500, undefined)]); // A host that stands does not answer.
    return view?.state === 'succeeded' ? 0 : undefined;
  });
  if (pid > 0) kill(pid, 'SIGKILL');
  pauses.release();
  return pid > 0;
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

/** So many of all, evenly spread; others every day, until each has had its turn. */
function spread<T>(all: readonly T[], count: number): T[] {
  if (count >= all.length) return [...all];
  const stride = all.length / count;
  return Array.from({ length: count }, (_, index) => {
    const at = Math.floor(index * stride + (day() % Math.ceil(stride)));
    return all[Math.min(at, all.length - 1)] as T;
  });
}

function day(): number {
  return Math.floor(Date.now() / 86_400_000);
}
