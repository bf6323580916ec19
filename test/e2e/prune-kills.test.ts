/**
 * The app is killed with SIGKILL, by another process, before, while and after a prune deletes many expired snapshots of
 * blobs. Started again it goes on by itself, and in the end the store holds exactly what the plan said.
 */
import type { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { budget } from '../budget.ts';
import { narrowedEstate } from './support/estate-file.ts';
import { kill } from './support/processes.ts';
import { TestStack } from './support/stack.ts';
import { until } from './support/until.ts';
import { HostAdmin } from './support-night/host-admin.ts';
import { makeOldSnapshots } from './support-night/old-snapshots.ts';
import { Pauses, type PausePoint } from './support-night/pauses.ts';
import { placeOf } from './support-night/places.ts';

const system = 'lms';
const region = 'eastus';
const youngSnapshots = 20;
/** For a prune of 10,000 snapshots, disturbed all the time, on a machine that does other things too. */
const deadlineMilliseconds = 20 * 60_000;
/** The plan is written down, and nothing is deleted yet. */
const planned: PausePoint = { instance: 'prune', step: 'activity 1', side: 'after' };
/** The first portion of snapshots is deleted, and that is not yet recorded. */
const deleted: PausePoint = { instance: 'prune', step: 'activity 2', side: 'before' };

interface PlanView {
  readonly items: readonly { readonly id: string; readonly kind: string; readonly decision: string }[];
  readonly counted: readonly object[];
}
interface LedgerLine {
  readonly item: string;
  readonly stage: string;
}
/** Every blob with its version, and every snapshot as `name@snapshot`. */
interface Holding {
  readonly blobs: readonly string[];
  readonly snapshots: readonly string[];
}

let stack: TestStack;
let container: ContainerClient;
let pauses: Pauses;
let old: readonly string[];

beforeAll(async () => {
  const estate = narrowedEstate({ [system]: [region] });
  stack = await TestStack.make(estate);
  const { account, container: name } = placeOf(estate, system, region);
  await stack.serve();
  container = stack.outsider(region).container(account, name);
  old = await makeOldSnapshots(stack, account, name, budget.expiredSnapshots);
  await until('the blob store is back', () => container.exists().catch(() => undefined));
  pauses = new Pauses(new HostAdmin(stack, region).folder);
}, deadlineMilliseconds);
afterAll(() => stack.remove());

test(
  `killed before, while and after it deletes ${budget.expiredSnapshots} snapshots, a prune deletes what its plan says and nothing else`,
  { timeout: deadlineMilliseconds },
  async () => {
    await snapshotSomeNow();
    const before = await holding();
    const linesBefore = (await ledger()).length;
    const id = await pruneUnderKills(before.snapshots.length);
    const after = await holding();
    const { plan: digest } = await stack.api(region).ended<{ plan: string }>(id);
    const plan = await document<PlanView>('plans', (name) => name === `${digest}.json`);
    const expired = snapshotsOf(plan, 'expire');
    expect(expired).toEqual(old.toSorted());
    const kept = before.snapshots.filter((one) => !expired.includes(one));
    expect(kept).toHaveLength(youngSnapshots);
    const young = { kind: 'blob-snapshot', reason: 'inside-window', count: youngSnapshots };
    expect(plan.counted).toContainEqual(expect.objectContaining(young));

    const standing = new Set(after.blobs); // More than before: the sample's users go on writing.
    expect(before.blobs.filter((blob) => !standing.has(blob))).toEqual([]);
    expect(after.snapshots).toEqual(kept);
    expectInLedger((await ledger()).slice(linesBefore), expired);
    const result = await document<object>('prunes', (_name, text) => text.includes(digest));
    expect(result).toMatchObject({ outcome: 'done', deleted: { backups: 0, snapshots: expired.length } });
    const { history } = await new HostAdmin(stack, region).history(id);
    expect(history.find(({ EventId }) => EventId === 2)).toMatchObject({ Name: 'pruneItems' });
    expect(history.length).toBeLessThan(60); // It does not grow with the number of snapshots.
  },
);

/** Runs one prune to its end and kills the app before, while and after it deletes; the run's id. */
async function pruneUnderKills(all: number): Promise<string> {
  pauses.ask(planned);
  const id = await begin();
  await pauses.untilStanding();
  expect((await holding()).snapshots).toHaveLength(all);
  await killApp('before it deletes');
  pauses.ask(deleted);
  let wasStanding = false;
  for (let round = 0; round < budget.pruneKills; round += 1) {
    const chosen = old[Math.floor((old.length * (round + 0.5)) / budget.pruneKills)] ?? '';
    await until(
      `${chosen} is deleted, or the app stands`,
      async () => (pauses.standing !== undefined || !(await exists(splitOf(chosen))) ? true : undefined),
      { everyMilliseconds: 1, deadlineMilliseconds },
    );
    const stood = await killApp(`with snapshot ${old.indexOf(chosen)} deleted`);
    wasStanding ||= stood;
  }
  if (!wasStanding) {
    await until('the app stands', () => pauses.standing, { deadlineMilliseconds });
    await killApp('after it has deleted');
  }
  await until('the prune has ended', () => hasEnded(id), { everyMilliseconds: 250, deadlineMilliseconds });
  return id;
}

/** Kills the app, standing or not, and waits until it was started again. */
async function killApp(when: string): Promise<boolean> {
  const isStanding = pauses.standing !== undefined;
  const pid = pauses.standing ?? (await until('the app runs', appPid));
  kill(pid, 'SIGKILL');
  if (isStanding) pauses.release();
  console.log(`killed ${when}${isStanding ? ', standing' : ''}; ${(await holding()).snapshots.length} left`);
  await until('the app is another process', () => {
    const next = appPid();
    return next === undefined || next === pid ? undefined : true;
  });
  return isStanding;
}

const appPid = (): number | undefined =>
  stack.processes().find(({ command }) => command.includes('functions-host/main.ts'))?.pid;

async function begin(): Promise<string> {
  const { status, body } = await stack.api(region).post('prunes', { system });
  expect(status).toBe(202);
  return (body as { operations: { id: string }[] }).operations[0]!.id;
}

async function hasEnded(id: string): Promise<true | undefined> {
  const view = await stack
    .api(region)
    .operation(id)
    .catch(() => undefined); // It is just being started again.
  if (view?.state === 'failed') throw new Error(`${id} failed: ${view.failure}`);
  return view?.state === 'succeeded' ? true : undefined;
}

/** Snapshots that are not to go: of some blobs that have old ones too. */
async function snapshotSomeNow(): Promise<void> {
  const names = new Set(old.map((one) => splitOf(one).name));
  for (const name of [...names].slice(0, youngSnapshots))
    await container.getBlobClient(name).createSnapshot();
}

const splitOf = (one: string): { name: string; snapshot: string } => {
  const at = one.lastIndexOf('@');
  return { name: one.slice(0, at), snapshot: one.slice(at + 1) };
};
const exists = ({ name, snapshot }: ReturnType<typeof splitOf>): Promise<boolean> =>
  container.getBlobClient(name).withSnapshot(snapshot).exists();

async function holding(): Promise<Holding> {
  const [blobs, snapshots]: [string[], string[]] = [[], []];
  for await (const { name, snapshot, properties } of container.listBlobsFlat({ includeSnapshots: true }))
    if (snapshot === undefined || snapshot === '') blobs.push(`${name} ${properties.etag}`);
    else snapshots.push(`${name}@${snapshot}`);
  return { blobs, snapshots: snapshots.toSorted() };
}

/** The snapshots of a plan that are to go, without the name of their store. */
function snapshotsOf({ items }: PlanView, decision: string): string[] {
  return items
    .filter((item) => item.kind === 'blob-snapshot' && item.decision === decision)
    .map(({ id }) => id.slice(id.indexOf('/') + 1))
    .toSorted();
}

/** The only document of a folder that fits. */
async function document<T>(folder: string, fits: (name: string, text: string) => boolean): Promise<T> {
  const texts = await stack.outsider(region).vaultTexts(system, folder);
  const found = [...texts].filter(([name, text]) => fits(name, text));
  expect(found).toHaveLength(1);
  return JSON.parse(found[0]![1]) as T;
}

async function ledger(): Promise<LedgerLine[]> {
  const segments = await stack.outsider(region).vaultTexts(system, 'ledger');
  const lines = [...segments.keys()].toSorted().flatMap((name) => segments.get(name)!.trim().split('\n'));
  return lines.map((line) => JSON.parse(line) as LedgerLine);
}

/** Of each snapshot that went there is an intent and, after it, the confirmation; of nothing else there is a line. */
function expectInLedger(lines: readonly LedgerLine[], expired: readonly string[]): void {
  const stages = new Map<string, string[]>();
  for (const { item, stage } of lines) {
    const name = item.slice(item.indexOf('/') + 1);
    stages.set(name, [...(stages.get(name) ?? []), stage]);
  }
  expect([...stages.keys()].toSorted()).toEqual([...expired]);
  for (const [item, told] of stages) {
    expect(told[0], item).toBe('intent');
    expect(told.at(-1), item).toBe('confirmed-absent');
    expect(new Set(told), item).toEqual(new Set(['intent', 'confirmed-absent']));
  }
}
