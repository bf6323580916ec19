/**
 * One thing is broken at a time while a cycle runs: the cycle ends, says exactly what is wrong, and nothing is lost.
 * Faults that take long act on a system of their own while the others are tested. At the end everything is put right,
 * and every system's next cycle passes.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { narrowedEstate } from './support/estate-file.ts';
import { kill } from './support/processes.ts';
import { TestStack } from './support/stack.ts';
import { deleteBlob, flipBaseBackup, flipBlob, hideWalSegment } from './support-night/damage.ts';
import {
  expectNothingLost,
  expectNotRestored,
  expectPassed,
  keptWhole,
  openAlert,
} from './support-night/expectations.ts';
import { HostAdmin } from './support-night/host-admin.ts';
import { Night, type CycleView } from './support-night/night.ts';
import { placeOf, withDeadlines } from './support-night/places.ts';
import {
  beginAndStand,
  cycleDamagedBeforeDrill,
  pausesOf,
  untilGivenUp,
} from './support-night/standing-cycles.ts';
import { BlobDisk, refuseAudit } from './support-night/storage.ts';
import { Stranger } from './support-night/stranger.ts';
import {
  ageBackup,
  drillServer,
  killDatabase,
  releaseOperations,
  startDatabase,
  setIdentity,
  shiftClock,
} from './support-night/surroundings.ts';

/** Longer than a small restore takes, short enough to wait for. */
const restoreDeadlineSeconds = 15;
const hour = 3_600;
const allDay = 100_000;
/** Several times what all these cycles write: the disk is full when a test fills it, and at no other time. */
const diskMegabytes = 512;

let stack: TestStack;
let disk: BlobDisk;
let uniteWest: Night;
let uniteEast: Night;
let cloud: Night;
let lms: Night;
/** What goes on beside the other tests; each has a test that waits for it. */
let outage: Promise<CycleView>;
let neverEnding: Promise<CycleView>;
let refusal: Promise<CycleView>;

beforeAll(async () => {
  const estate = narrowedEstate({
    'unite-cloud': ['westeurope', 'eastus'],
    'cloud-storage': ['westeurope'],
    lms: ['eastus'],
  });
  withDeadlines(estate, 'cloud-storage', { restore: `PT${restoreDeadlineSeconds}S` });
  stack = await TestStack.make(estate);
  disk = new BlobDisk(stack, diskMegabytes);
  await stack.serve();
  const night = (system: string, region: string): Night => new Night(stack, placeOf(estate, system, region));
  uniteWest = night('unite-cloud', 'westeurope');
  uniteEast = night('unite-cloud', 'eastus');
  cloud = night('cloud-storage', 'westeurope');
  lms = night('lms', 'eastus');
  outage = cycleInOutage();
  neverEnding = cycleWithoutEnd();
  refusal = neverEnding.then(cycleWithoutAudit);
  for (const beside of [outage, neverEnding, refusal]) beside.catch(() => undefined); // Their own tests say so.
});
afterAll(async () => {
  await stack.killHard();
  disk.remove();
  await stack.remove();
});

test('a flipped bit in a blob: scan and drill name the blob and the digest of what stands there', async () => {
  const blob = await flipBlob(uniteEast);
  const cycle = await keptWhole(uniteEast, () => uniteEast.cycle());
  await blob.putRight();
  expect(cycle).toMatchObject({
    heartbeat: { outcome: 'done' },
    snapshot: { outcome: 'done' },
    scan: { outcome: 'damaged', detail: expect.stringMatching(/^1 damaged and 0 missing of \d+ blobs$/) },
    drill: { result: 'FAIL', reasons: [expect.stringContaining(`blob ${blob.name} is digest-mismatch`)] },
  });
  const alert = await openAlert(uniteEast, 'scan-damage');
  expect(alert.detail).toContain(`digest-mismatch: cases ${blob.name} (its content hashes to `);
});

test('a deleted blob: scan and drill name it as missing', async () => {
  const blob = await deleteBlob(lms);
  const cycle = await keptWhole(lms, () => lms.cycle());
  await blob.putRight();
  expect(cycle).toMatchObject({
    snapshot: { outcome: 'done' },
    scan: { outcome: 'damaged', detail: expect.stringMatching(/^0 damaged and 1 missing of \d+ blobs$/) },
    drill: { result: 'FAIL', reasons: [expect.stringContaining(`blob ${blob.name} is missing`)] },
  });
  expect((await openAlert(lms, 'scan-damage')).detail).toContain(`missing: documents ${blob.name}`);
});

test('a missing WAL segment: the restore failed and names the segment; what came before it is done', async () => {
  const { cycle, damaged } = await cycleDamagedBeforeDrill(uniteEast, hideWalSegment);
  expectNotRestored(cycle, `RestoreFailed: WAL segment ${damaged.name} is missing`);
});

test('a damaged base backup: the restore failed and names the file', async () => {
  const { cycle, damaged } = await cycleDamagedBeforeDrill(lms, flipBaseBackup);
  expectNotRestored(cycle, 'RestoreFailed: The base backup is damaged', damaged.name);
});

test('an emptied table in the restored server: the fingerprint names it', async () => {
  const afterwards = { database: uniteEast.place.database, sql: 'TRUNCATE unite.message' };
  await stack.control.fault({ ...drillServer(uniteEast, 'PUT'), afterwards });
  const cycle = await keptWhole(uniteEast, () => uniteEast.cycle());
  expect(cycle).toMatchObject({ snapshot: { outcome: 'done' }, scan: { outcome: 'clean' } });
  expect(cycle.drill).toMatchObject({
    result: 'FAIL',
    reasons: [expect.stringMatching(/^check fingerprint: .*unite\.message/)],
  });
});

test('a resource manager that answers 429 is asked again when it says, and the cycle passes with one backup', async () => {
  const path = `/flexibleServers/${lms.place.server}/backups/`;
  const tooMany = { status: 429, code: 'TooManyRequests', retryAfter: 1 };
  await stack.control.fault({ match: { method: 'PUT', path }, times: 2, ...tooMany });
  const from = performance.now();
  const mark = await lms.effectsNow();
  const cycle = await keptWhole(lms, () => lms.cycle());
  expectPassed(cycle);
  expect(performance.now() - from).toBeGreaterThan(2_000);
  const created = (await lms.effectsSince(mark)).filter(({ kind }) => kind === 'backup-created');
  expect(created).toHaveLength(1);
});

test("a failed operation: the drill says the provider's code and message", async () => {
  const operationError = { code: 'RegionIsFull', message: 'no room for another server' };
  await stack.control.fault({ ...drillServer(uniteEast, 'PUT'), operationError });
  const cycle = await keptWhole(uniteEast, () => uniteEast.cycle());
  expectNotRestored(cycle, 'RegionIsFull: no room for another server');
});

test('an operation that is to be asked for on another host: refused, and nothing is sent there', async () => {
  const stranger = await Stranger.listen();
  try {
    await stack.control.fault({ ...drillServer(lms, 'PUT'), pollUrlHost: stranger.host });
    const cycle = await keptWhole(lms, () => lms.cycle());
    expectNotRestored(cycle, `named https://${stranger.host}, which is not `, 'nothing was sent there');
    expect(stranger.connections).toBe(0);
  } finally {
    await stranger.close();
  }
});

test('a database that is down: no heartbeat is made up, the alert names the database, and the scan is still made', async () => {
  const before = await lms.belongings();
  await killDatabase(lms);
  const cycle = await keptWhole(lms, () => lms.cycle());
  const alert = await openAlert(lms, 'heartbeat-silent');
  await startDatabase(lms);
  expect(cycle.heartbeat).toEqual({
    outcome: 'failed',
    detail: expect.stringMatching(/^database "lms" at \S+: .*ECONNREFUSED/),
    seconds: expect.any(Number),
  });
  expect(cycle).toMatchObject({ snapshot: { outcome: 'failed' }, scan: { outcome: 'clean' } });
  expect(before.points).toContain((await lms.report(cycle)).recoveryPoint.id); // All that there was to drill.
  expect(alert).toMatchObject({ runbook: 'runbooks/heartbeat-silent.md' });
  expect(alert.title).toMatch(/^No heartbeat into lms of LMS in eastus$/);
});

test('a clock that is an hour off: the prune deletes nothing and says why, and the drill does not trust its times', async () => {
  const aged = await ageBackup(uniteEast);
  await shiftClock(stack, hour);
  const cycle = await keptWhole(uniteEast, () => uniteEast.cycle());
  await shiftClock(stack, 0);
  const ahead = /resource manager is 3\d\d\d s ahead of this host, more than 300 s/;
  expect(cycle).toMatchObject({
    prune: { outcome: 'blocked', deleted: 0, blocked: 1, detail: expect.stringMatching(ahead) },
    drill: { result: 'FAIL', reasons: [expect.stringMatching(ahead)] },
  });
  expect((await openAlert(uniteEast, 'prune-blocked')).detail).toMatch(ahead);
  expect((await uniteEast.belongings()).backups).toContain(aged);
});

test('a token endpoint that is down: what needs a token fails and says so, nothing new begins, and the rest goes on afterwards', async () => {
  const before = await lms.belongings();
  const { id, pid } = await beginAndStand(lms, 'snapshot');
  await setIdentity(stack, 'down');
  kill(pid, 'SIGKILL'); // A new process holds no token.
  pausesOf(lms).release();
  await untilGivenUp(lms, id.replace('cycle.', 'snapshot.'));
  const refused = await uniteEast.api.post('drills', { system: uniteEast.place.system });
  await setIdentity(stack, 'up');
  const cycle = await lms.ended(id);
  await expectNothingLost(lms, before);
  const why = /ManagedIdentityCredential: .* The managed identity service is not available/;
  expect(refused).toMatchObject({
    status: 503,
    body: { code: 'unavailable', detail: expect.stringMatching(why) },
  });
  expect(cycle).toMatchObject({
    snapshot: { outcome: 'failed', detail: expect.stringMatching(why) },
    scan: { outcome: 'clean' },
    prune: { outcome: 'done' },
    drill: { result: 'PASS' }, // Of the point before.
  });
});

test('a restore that never ends: it has timed out at its deadline, and its server is removed once it can be', async () => {
  const cycle = await neverEnding;
  expect(cycle).toMatchObject({ snapshot: { outcome: 'done' }, scan: { outcome: 'clean' } });
  expectNotRestored(cycle, `the restore timed out: it had not ended after ${restoreDeadlineSeconds} s`);
});

test('an audit log that cannot be written: no backup, no deletion and no restore is begun, and each step says why', async () => {
  const cycle = await refusal;
  const why = /nothing can be recorded under v1\/cloud-storage\/westeurope\/audit\/: .*LeaseIdMissing/;
  expect(cycle).toMatchObject({
    heartbeat: { outcome: 'done' },
    snapshot: { outcome: 'failed', detail: expect.stringMatching(why) },
    scan: { outcome: 'clean' },
    prune: { outcome: 'failed', deleted: 0, detail: expect.stringMatching(why) },
    drill: { result: 'INCONCLUSIVE', reasons: [expect.stringMatching(why)] },
  });
});

test('a resource manager that answers 503 all night: every step that needs it fails and says so', async () => {
  const cycle = await outage;
  const why = expect.stringContaining('resource manager: ServiceUnavailable, HTTP 503');
  expect(cycle).toMatchObject({
    heartbeat: { outcome: 'failed', detail: why },
    snapshot: { outcome: 'failed', detail: why },
    scan: { outcome: 'failed', detail: why },
    prune: { outcome: 'failed', deleted: 0, detail: why },
    drill: { result: 'INCONCLUSIVE', reasons: [why] },
  });
  expect((await openAlert(uniteWest, 'snapshot-failed')).runbook).toBe('runbooks/snapshot-failed.md');
});

test('a full disk under the blob store: nothing new begins, and a cycle at work goes on when there is room again', async () => {
  const before = await lms.belongings();
  const mark = await uniteEast.effectsNow();
  const { id } = await beginAndStand(lms, 'snapshot');
  await disk.becomeFull([lms, uniteEast]);
  pausesOf(lms).release();
  const refused = await uniteEast.api.post('cycles', { system: uniteEast.place.system });
  await disk.getRoom();
  expect(refused).toMatchObject({ status: 503, body: { detail: expect.stringMatching(disk.refusal) } });
  expect(await uniteEast.effectsSince(mark)).toEqual([]);
  const cycle = await lms.ended(id);
  expectPassed(cycle);
  await expectNothingLost(lms, before);
});

test('with everything put right the next cycle of every system passes and leaves no alert open', async () => {
  await stack.control.forgetFaults();
  const nights = [uniteWest, uniteEast, cloud, lms];
  for (const cycle of await Promise.all(nights.map((night) => night.cycle()))) expectPassed(cycle);
  await noAlertStays(nights);
});

/** The watch over the audit logs may have met the full disk: it says so until it has looked again, as it does in time. */
async function noAlertStays(nights: readonly Night[]): Promise<void> {
  const regions = new Set(nights.map(({ place }) => place.region));
  for (const region of regions) await new HostAdmin(stack, region).runTimer('auditWatch');
  const open = (): Promise<unknown[]> =>
    Promise.all(nights.map((night) => night.openAlerts())).then((alerts) => alerts.flat());
  await expect.poll(open, { timeout: 60_000, interval: 200 }).toEqual([]);
}

/** The resource manager knows nothing of the system any more, until the faults are forgotten. */
async function cycleInOutage(): Promise<CycleView> {
  const path = `/resourceGroups/${uniteWest.place.resourceGroup}/`;
  const unavailable = { status: 503, code: 'ServiceUnavailable', retryAfter: 0 };
  const before = await uniteWest.belongings();
  await stack.control.fault({ match: { path }, times: allDay, ...unavailable });
  const cycle = await uniteWest.cycle();
  await expectNothingLost(uniteWest, before);
  return cycle;
}

async function cycleWithoutEnd(): Promise<CycleView> {
  await stack.control.fault({ ...drillServer(cloud, 'PUT'), operationNeverEnds: true });
  return keptWhole(cloud, async () => {
    const id = await cloud.begin();
    await cloud.api.operationWhen(id, 'its drill cleans up', ({ inner }) =>
      inner?.step === 'clean up' ? true : undefined,
    );
    await releaseOperations(stack);
    return cloud.ended(id);
  });
}

/** From the snapshot on nothing can be appended to the audit log; a backup past the window waits to be pruned. */
async function cycleWithoutAudit(): Promise<CycleView> {
  await ageBackup(cloud);
  const mark = await cloud.effectsNow();
  const cycle = await keptWhole(cloud, async () => {
    const { id } = await beginAndStand(cloud, 'snapshot');
    const admit = await refuseAudit(cloud);
    pausesOf(cloud).release();
    const ended = await cloud.ended(id);
    const refused = await cloud.api.post('drills', { system: cloud.place.system });
    await admit();
    expect(refused).toMatchObject({ status: 503, body: { code: 'cannot-record' } });
    return ended;
  });
  expect(await cloud.effectsSince(mark)).toEqual([]);
  return cycle;
}
