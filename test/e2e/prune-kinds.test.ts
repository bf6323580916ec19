/**
 * One prune over everything: backups, blob snapshots, earlier versions, a blob that nothing refers to, dumps, reports,
 * records. Killed in the middle, it goes on by itself. In the end the stores hold exactly what the plan said, and everything that went is in the ledger.
 */
import { createHash } from 'node:crypto';
import type { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportOf } from '../cli/canned-report.ts';
import { narrowedEstate, type EstateFile } from './support/estate-file.ts';
import { basePorts } from './support/ports.ts';
import { kill } from './support/processes.ts';
import { TestStack, untilAnswering } from './support/stack.ts';
import { until } from './support/until.ts';
import { HostAdmin } from './support-night/host-admin.ts';
import { Night } from './support-night/night.ts';
import { inThePast } from './support-night/old-snapshots.ts';
import { Pauses } from './support-night/pauses.ts';
import { placeOf } from './support-night/places.ts';
import { ageBackup } from './support-night/surroundings.ts';

const system = 'lms';
const region = 'eastus';
const store = 'documents';
const root = `v1/${system}/${region}`;
const yearsAgoDays = 400;
const content = Buffer.from('nobody refers to this');
const digest = createHash('sha256').update(content).digest('hex');
const stray = `${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest}`;
const oldReport = 'drill-20200101T040000Z';

interface PlanView {
  readonly items: readonly { readonly id: string; readonly kind: string; readonly decision: string }[];
}

/** Blobs with old snapshots and versions. */
const some: string[] = [];
let stack: TestStack;
let night: Night;
let documents: ContainerClient;
let exports: ContainerClient;
let vault: ContainerClient;

beforeAll(async () => {
  const estate = estateWithEverything();
  stack = await TestStack.make(estate);
  const place = placeOf(estate, system, region);
  const { account, container } = place;
  night = new Night(stack, place);
  await stack.serve();
  const outsider = stack.outsider(region);
  [documents, exports, vault] = [
    outsider.container(account, container),
    outsider.container(account, 'exports'),
    outsider.container(`vault${region}`, 'vault'),
  ];
  await inThePast(stack, yearsAgoDays, async (of) => {
    const put = (to: ContainerClient, name: string, bytes: Buffer): Promise<unknown> =>
      to.getBlockBlobClient(name).uploadData(bytes);
    const dumps = of(account).getContainerClient('exports');
    await dumps.create();
    for (const name of ['pg/one.dump', 'pg/two.dump', 'other/one.dump'])
      await put(dumps, name, Buffer.from('-- a dump'));
    const blobs = of(account).getContainerClient(container);
    for await (const { name } of blobs.listBlobsFlat()) some.push(name);
    some.splice(0, some.length - 3); // Not the first ones: those came with old versions.
    for (const name of some) await blobs.getBlobClient(name).createSnapshot();
    await put(blobs, stray, content);
    await put(of(`vault${region}`).getContainerClient('vault'), `${root}/alerts/of-old.json`, oldAlert());
  });
  await letProxyLookAgain();
  for (const name of some)
    for (const days of [10, 9]) await addVersion({ account, container, name, agoSeconds: days * 86_400 });
  await exports.getBlockBlobClient('pg/young.dump').uploadData(Buffer.from('-- a dump'));
  await putReports();
  await putMarks();
});
afterAll(() => stack.remove());

test('a prune of everything, killed in the middle, leaves exactly what its plan says', async () => {
  const api = stack.api(region);
  await api.ended(await api.begin('snapshots', { system }));
  const aged = await ageBackup(night); // Those of the sample went in the first cycle.
  await api.ended(await api.begin('scans', { system }));
  const before = await holding();
  const id = await killedPrune();
  const result = await api.ended<{ outcome: string; detail: string; plan: string }>(id);
  expect(result, result.detail).toMatchObject({ outcome: 'done' });
  const plan = await json<PlanView>(`${root}/plans/${result.plan}.json`);
  const after = await holding();

  const expired = new Map(
    [
      ...Map.groupBy(
        plan.items.filter((item) => item.decision === 'expire'),
        ({ kind }) => kind,
      ),
    ].map(([kind, items]) => [kind, items.map((item) => item.id).toSorted()]),
  );
  expect(expired.get('exported-dump')).toEqual(['exports/pg/one.dump', 'exports/pg/two.dump']);
  expect(expired.get('unreferenced-blob')).toEqual([`${store}/${stray}`]);
  expect(expired.get('report')).toEqual([oldReport]);
  expect(expired.get('own-document')).toEqual(['alerts/of-old.json']);
  expect(expired.get('recovery-point')).toEqual([aged.replace('lifeboat', 'on-demand')]);
  expect((await night.files()).backups.map(({ name }) => name)).not.toContain(aged);
  // Each has two earlier versions, of which the second one ceased to be the content just now.
  for (const [kind, mark] of [
    ['blob-snapshot', '@'],
    ['blob-version', '@version-'],
  ] as const)
    for (const name of some)
      expect(expired.get(kind)?.filter((one) => one.startsWith(`${store}/${name}${mark}`))).toHaveLength(1);

  // What the plan says is gone, and nothing else: others go on writing meanwhile, so that there may be more.
  const gone = new Set([
    ...(expired.get('exported-dump') ?? []),
    ...[...(expired.get('unreferenced-blob') ?? []), ...(expired.get('blob-snapshot') ?? [])],
    ...(expired.get('blob-version') ?? []),
    ...before.filter((one) => one.startsWith(`reports/${oldReport}/`)),
    'alerts/of-old.json',
  ]);
  expect([...gone].filter((one) => !before.includes(one))).toEqual([]);
  expect(after.filter((one) => gone.has(one))).toEqual([]);
  const standing = new Set(after);
  expect(before.filter((one) => !gone.has(one) && !standing.has(one))).toEqual([]);
  // It can be undone: what the blob held is an earlier version now.
  expect(after.filter((one) => one.startsWith(`${store}/${stray}@version-`))).toHaveLength(1);

  const lines = await ledger();
  for (const name of [...gone].filter((one) => !one.startsWith('reports/')))
    expect(lines.get(name)?.at(-1), name).toBe('confirmed-absent');
  expect(lines.get(`report ${oldReport}`)?.at(-1)).toBe('confirmed-absent');
});

/** Begins a prune and kills the app in the middle of its deletions; the run's id. */
async function killedPrune(): Promise<string> {
  const pauses = new Pauses(new HostAdmin(stack, region).folder);
  pauses.ask({ instance: 'prune', step: 'activity 4', side: 'before' });
  const { body } = await stack.api(region).post('prunes', { system });
  const id = (body as { operations: { id: string }[] }).operations[0]!.id;
  kill(await pauses.untilStanding(), 'SIGKILL');
  pauses.release();
  await untilAnswering(stack.api(region));
  return id;
}

/** The sample's system, which lets everything go that may. */
function estateWithEverything(): EstateFile {
  const estate = narrowedEstate({ [system]: [region] });
  const [entry] = estate.systems;
  const place = entry!.regions[0] as EstateFile['systems'][number]['regions'][number] & {
    blobStores: { account: string; accountId: string }[];
  };
  const { account, accountId } = place.blobStores[0]!;
  Object.assign(place.blobStores[0]!, { unreferenced: 'delete' });
  Object.assign(place, {
    dumps: [{ id: 'exports', account, accountId, container: 'exports', prefix: 'pg/', databases: [system] }],
  });
  Object.assign(entry!, {
    retention: { brake: { fraction: 1, contentFraction: 1 }, reports: 'P365D' },
  });
  return estate;
}

function oldAlert(): Buffer {
  const at = new Date(Date.now() - yearsAgoDays * 86_400_000).toISOString();
  const about = { severity: 'warning', title: 't', detail: 'd', runbook: 'runbooks/run-late.md' };
  const times = { firstAt: at, lastAt: at, resolvedAt: at, count: 1 };
  const alert = { schema: 'lifeboat/alert/v1', key: 'of-old', system, region, ...about, ...times };
  return Buffer.from(JSON.stringify(alert));
}

/** What keeps versions looks at every blob once when it begins: only then it knows of one that was put past it. */
async function letProxyLookAgain(): Promise<void> {
  const pid = stack.pidOf('storage-proxy');
  kill(pid, 'SIGKILL');
  await until('the storage proxy is gone', () =>
    stack.processes().some((one) => one.pid === pid) ? undefined : true,
  );
  await until('the blob store is back', () => documents.exists().catch(() => undefined));
}

/** Gives a blob an earlier version, as if it had had its content some time ago. */
async function addVersion(order: object): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${basePorts.storageControl + stack.portOffset}/earlier`, {
    method: 'POST',
    headers: { 'x-control-secret': stack.secrets.controlSecret, 'content-type': 'application/json' },
    body: JSON.stringify(order),
  });
  expect(answer.ok, await answer.text()).toBe(true);
}

/** A report from years ago with what lies beside it; that of the first cycle is newer. */
async function putReports(): Promise<void> {
  const report = reportOf(system, region, { id: oldReport, finalizedAt: '2020-01-01T05:00:00.000Z' });
  const put = (path: string, text: string): Promise<unknown> =>
    vault.getBlockBlobClient(`${root}/reports/${path}`).uploadData(Buffer.from(text));
  await put(`${oldReport}/report.json`, JSON.stringify(report));
  await put(`${oldReport}/report.md`, '# A report');
  await put(`${oldReport}/evidence/heartbeat.lms.json`, '{}');
}

/** As if two looks of earlier nights had found the stray blob without reference. */
async function putMarks(): Promise<void> {
  const mark = Buffer.alloc(40);
  createHash('sha256').update(stray).digest().copy(mark);
  const days = (ago: number): number => Math.floor(Date.now() / 1000) - ago * 86_400;
  mark.writeUInt32BE(days(9), 32);
  mark.writeUInt32BE(days(8), 36);
  const packed = (count: number, items: string): object => ({
    ...{ count, items },
    digest: `sha256-${createHash('sha256').update(JSON.stringify(items)).digest('hex')}`,
  });
  const marks = {
    ...{ schema: 'lifeboat/content-marks/v1', system, region, store, at: new Date().toISOString() },
    ...{ prune: 'prune-of-old', unreferenced: packed(1, mark.toString('base64')), ended: packed(0, '') },
  };
  await vault
    .getBlockBlobClient(`${root}/content-marks/${store}.json`)
    .uploadData(Buffer.from(JSON.stringify(marks)));
}

/** Everything in the stores and of the vault's reports and alerts, named as plans name it. */
async function holding(): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, snapshot = '' } of documents.listBlobsFlat({ includeSnapshots: true }))
    found.push(`${store}/${name}${snapshot === '' ? '' : `@${snapshot}`}`);
  for await (const { name, versionId, isCurrentVersion } of documents.listBlobsFlat({
    includeVersions: true,
  }))
    if (isCurrentVersion !== true) found.push(`${store}/${name}@version-${versionId}`);
  for await (const { name } of exports.listBlobsFlat()) found.push(`exports/${name}`);
  for (const folder of ['reports', 'alerts', 'slots', 'points', 'inventories'])
    for await (const { name } of vault.listBlobsFlat({ prefix: `${root}/${folder}/` }))
      found.push(name.slice(root.length + 1));
  return found;
}

async function json<T>(path: string): Promise<T> {
  return JSON.parse((await vault.getBlobClient(path).downloadToBuffer()).toString()) as T;
}

/** The stages of each item in the ledger, in order. */
async function ledger(): Promise<Map<string, string[]>> {
  const segments = await stack.outsider(region).vaultTexts(system, 'ledger');
  const stages = new Map<string, string[]>();
  for (const name of [...segments.keys()].toSorted())
    for (const line of segments.get(name)!.trim().split('\n')) {
      const { item, stage } = JSON.parse(line) as { item: string; stage: string };
      stages.set(item, [...(stages.get(item) ?? []), stage]);
    }
  return stages;
}
