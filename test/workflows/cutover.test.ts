/** A cutover to what was restored, and the way back, as the people see it who stand before both at night. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cutoverDoubt, cutoverInForce, watchCutover } from '../../src/activities/cutover/in-force.ts';
import { goOnAloneOver } from '../../src/activities/cutover/decide.ts';
import { proposeBack } from '../../src/activities/cutover/propose-back.ts';
import { proposeCutover } from '../../src/activities/cutover/propose.ts';
import { orderCancel, orderCutover } from '../../src/activities/cutover/request.ts';
import { orderRestore } from '../../src/activities/restore/request.ts';
import { claimSlot } from '../../src/activities/slots.ts';
import { closeCutOff } from '../../src/app/cut-off.ts';
import type { AlertDocument } from '../../src/contracts/documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import type { DatabaseAddress, DatabaseSession } from '../../src/ports/database.ts';
import {
  approveOver,
  askFor,
  askForBack,
  askForCutover,
  cutoverEstate,
  cutoverHub,
  newServer,
  readyRestore,
  runOver,
  type AskedOver,
} from '../support/cutover-steps.ts';
import type { MemoryHttp } from '../support/memory-http.ts';
import { addressOf } from '../support/memory-servers.ts';
import { holdWrites, hookAddress, letWrites, scope, sourceServer } from '../support/sample-estate.ts';
import type { WorkflowHub } from '../support/workflow-hub.ts';

let hub: WorkflowHub;
let http: MemoryHttp;
let restore: string;
let asked: AskedOver;

beforeEach(async () => {
  ({ hub, http } = cutoverHub());
  ({ restore } = await readyRestore(hub.world));
  asked = await askForCutover(hub.world, restore);
  answerBanner(200);
});
afterEach(() => hub.close());

const banner = (): string => `https://app.example/banner/${asked.cutover}`;
const answerBanner = (...statuses: readonly number[]): void => {
  http.on(`PUT ${banner()}`, ...statuses.map((status) => ({ status })));
  http.on(`DELETE ${banner()}`, { status: 204 });
};
const alert = (key: string): AlertDocument | undefined => {
  const path = vaultPaths.alert(scope, key);
  return hub.world.vault.paths(path).length === 0 ? undefined : hub.world.vault.json<AlertDocument>(path);
};
const isOpen = (key: string): boolean => alert(key) !== undefined && alert(key)?.resolvedAt === undefined;
const later = (seconds: number): void => hub.time.jumpTo(hub.time.now() + seconds * 1000);

async function cutOver(): Promise<void> {
  await approveOver(hub.world, asked);
  await runOver(hub, asked);
  later(600);
}

/** Asks for the way back by the vault of now. */
const back = (without: readonly string[] = []): Promise<AskedOver> =>
  askForBack(hub.world, asked.cutover, without);

/** What becomes of each session with the source from now on, counted from 1. */
function disturbSource(fate: (turn: number) => 'not reached' | 'answer lost'): void {
  const { databases } = hub.world;
  const real = databases.withSession.bind(databases);
  let turn = 0;
  databases.withSession = async <T>(at: DatabaseAddress, work: (session: DatabaseSession) => Promise<T>) => {
    if (at.address !== addressOf(sourceServer)) return real(at, work);
    const isLost = fate((turn += 1)) === 'answer lost';
    if (isLost) await real(at, work);
    throw new Failure('unavailable', isLost ? 'connection lost' : 'connect ECONNREFUSED', 'Look at it.');
  };
}

describe('a cutover', () => {
  test('says before what will be sent, in which order, how it is taken back, and what is lost', () => {
    const { plan } = asked;
    expect(plan.steps.map(({ step }) => step)).toEqual([
      ...['approve', 'hook hold-writes', 'hook application', 'hook banner', 'keep'],
    ]);
    expect(plan.steps[1]?.what).toBe(
      `on shop-westeurope, database shop: ${holdWrites}; the way back: on shop-westeurope, database shop: ${letWrites}`,
    );
    expect(plan.hooks[1]).toMatchObject({
      call: { method: 'POST', url: hookAddress, body: { host: addressOf(newServer), server: 'shop-again' } },
      undo: { body: { host: addressOf(sourceServer), server: 'shop-westeurope' } },
    });
    expect(plan.loss).toMatchObject({ unknown: [], seconds: 1 });
    expect(plan.name).toBe('shop-again');
  });

  test('runs its hooks in their order, each under a key of its own, and is in force then', async () => {
    await approveOver(hub.world, asked);
    const { output } = await runOver(hub, asked);
    expect(output).toMatchObject({ outcome: 'done', direction: 'over' });
    expect(output.hooks.map(({ hook, state }) => `${hook} ${state}`)).toEqual([
      ...['hold-writes done', 'application done', 'banner done'],
    ]);
    expect(hub.world.source.altered).toEqual([holdWrites]);
    expect(http.asked).toEqual([`POST ${hookAddress}`, `PUT ${banner()}`]);
    const [first] = http.sent;
    expect(first).toMatchObject({
      tokenScope: 'api://shop/.default',
      headers: { 'idempotency-key': `shop.westeurope.${asked.cutover}.application`, 'lifeboat-attempt': '1' },
    });
    expect(await cutoverInForce(hub.world.deps, scope)).toMatchObject({ cutover: asked.cutover });
    expect(isOpen('cutover-in-force')).toBe(true);
    expect(isOpen('cutover-waiting')).toBe(false);
  });

  test('waits for another person, and its hooks with it', async () => {
    const own = approveOver(hub.world, asked, { by: 'Jane' });
    await expect(own).rejects.toMatchObject({ code: 'refused' });
    await approveOver(hub.world, asked, { decision: 'rejected' });
    const { output } = await runOver(hub, asked);
    expect(output.outcome).toBe('refused');
    expect(http.sent).toEqual([]);
    expect(hub.world.source.altered).toEqual([]);
    expect(await cutoverInForce(hub.world.deps, scope)).toBeUndefined();
  });

  test('no activity asks a hook that nobody permitted', async () => {
    const outcome = await hub.world.run('runHook', {
      ...{ ...scope, cutover: asked.cutover, plan: asked.digest, hook: 'application' },
    });
    expect(outcome).toMatchObject({ outcome: 'failed', failure: { code: 'refused' } });
    expect(http.sent).toEqual([]);
  });

  test('one person goes on alone once nobody has decided for long enough, loudly', async () => {
    const word = { digest: asked.digest, reason: 'nobody answers', by: 'Jane' };
    await expect(goOnAloneOver(hub.world.deps, scope, asked.cutover, word)).rejects.toThrow('before');
    later(901);
    await goOnAloneOver(hub.world.deps, scope, asked.cutover, word);
    const { output } = await runOver(hub, asked);
    expect(output.outcome).toBe('done');
    expect(isOpen('cutover-break-glass')).toBe(true);
  });

  test('can be cancelled until it is permitted', async () => {
    await orderCancel(hub.world.deps, scope, asked.cutover, { by: 'Jane', reason: 'a mistake' });
    await approveOver(hub.world, asked);
    const { output } = await runOver(hub, asked);
    expect(output).toMatchObject({ outcome: 'cancelled', detail: 'cancelled by Jane: a mistake' });
    expect(http.sent).toEqual([]);
  });

  test('a hook that refuses ends it there, and says which ran', async () => {
    answerBanner(409);
    await approveOver(hub.world, asked);
    const { output } = await runOver(hub, asked);
    expect(output).toMatchObject({
      outcome: 'failed',
      detail: 'banner was refused: https://app.example answered 409; done: hold-writes, application',
    });
    expect(alert('cutover-failed')?.detail).toContain(`lifeboat cutover back ${asked.cutover}`);
  });

  test('a hook that gives no answer is asked again under the same key, and then may have run', async () => {
    answerBanner(503);
    await approveOver(hub.world, asked);
    const { output } = await runOver(hub, asked);
    expect(output.hooks.at(-1)).toMatchObject({ state: 'unknown', asked: 4 });
    const headers = http.sent.slice(1).map((one) => one.headers ?? {});
    expect(new Set(headers.map((one) => one['idempotency-key'])).size).toBe(1);
    expect(headers.map((one) => one['lifeboat-attempt'])).toEqual(['1', '2', '3', '4']);
    expect((await cutoverInForce(hub.world.deps, scope))?.hooks).toContain('banner');
  });

  test('one whose first hook reached nobody is as if it had never been; its plan says which to leave out', async () => {
    disturbSource(() => 'not reached');
    later(60);
    const again = await askForCutover(hub.world, restore);
    expect(again.plan.steps[1]?.what).toMatch(/does not answer.*: plan with --without hold-writes/);
    expect(again.plan.steps[2]?.what).not.toContain('--without');
    await approveOver(hub.world, again);
    const { output } = await runOver(hub, again);
    expect(output).toMatchObject({
      outcome: 'failed',
      detail: expect.stringMatching(/ECONNREFUSED; no hook/) as string,
    });
    expect(output.hooks[0]).toMatchObject({
      ...{ state: 'not-run', asked: 4, detail: 'nobody was reached: connect ECONNREFUSED' },
    });
    expect(await cutoverInForce(hub.world.deps, scope)).toBeUndefined();
    later(60);
    const without = await askForCutover(hub.world, restore, ['hold-writes']);
    await approveOver(hub.world, without);
    expect((await runOver(hub, without)).output).toMatchObject({
      hooks: [{ hook: 'application', state: 'done' }, {}],
    });
  });

  test('one of which a single asking may have arrived has to be taken back', async () => {
    disturbSource((turn) => (turn === 3 ? 'answer lost' : 'not reached'));
    await approveOver(hub.world, asked);
    const { output } = await runOver(hub, asked);
    expect(hub.world.source.altered).toEqual([holdWrites]);
    expect(output.hooks[0]).toMatchObject({ state: 'unknown', asked: 4 });
    expect((await cutoverInForce(hub.world.deps, scope))?.hooks).toContain('hold-writes');
  });

  test('an asking that reached nobody is noted once, however often that is written', async () => {
    // The third one arrives and its answer is lost; every note is written a second time by its transport.
    disturbSource((turn) => (turn === 3 ? 'answer lost' : 'not reached'));
    const { vault } = hub.world;
    const replace = vault.replace.bind(vault);
    const notes = (bytes: Buffer): number => bytes.toString('utf8').split('"detail":"connect ').length;
    let noted = 1;
    vault.replace = async (path, version, bytes) => {
      const isNote = path.includes('/hooks/') && notes(bytes) > noted;
      const isDone = await replace(path, version, bytes);
      if (!isNote) return isDone;
      noted = notes(bytes);
      return replace(path, version, bytes);
    };
    await approveOver(hub.world, asked);
    expect((await runOver(hub, asked)).output.hooks[0]).toMatchObject({ state: 'unknown' });
    expect((await cutoverInForce(hub.world.deps, scope))?.hooks).toContain('hold-writes');
  });

  test('one whose first hook was refused is as if it had never been', async () => {
    http.on(`POST ${hookAddress}`, { status: 401 });
    later(60);
    const again = await askForCutover(hub.world, restore, ['hold-writes']);
    await approveOver(hub.world, again);
    expect((await runOver(hub, again)).output.outcome).toBe('failed');
    expect(await cutoverInForce(hub.world.deps, scope)).toBeUndefined();
  });

  test.each([
    [
      'the new server is elsewhere',
      'by now',
      () => hub.world.servers.put({ id: newServer, address: 'other.example' }),
    ],
    [
      'it is of another restore',
      'is not of restore-',
      () =>
        hub.world.servers.put({ id: newServer, tags: { 'lifeboat-restore': 'restore-20200101T000000Z' } }),
    ],
  ] as const)('is stale once %s', async (_, reason, change) => {
    await approveOver(hub.world, asked);
    change();
    const { output } = await runOver(hub, asked);
    expect(output).toMatchObject({ outcome: 'refused', detail: expect.stringContaining(reason) as string });
    expect(http.sent).toEqual([]);
  });

  test('is planned for a restore that is ready, and for no other', async () => {
    const path = vaultPaths.restore(scope, restore);
    const end = hub.world.vault.json<object>(path);
    hub.world.vault.put(path, Buffer.from(JSON.stringify({ ...end, outcome: 'doubtful' })));
    const of = (id: string) => proposeCutover(hub.world.deps, scope, { restore: id, without: [] });
    await expect(of(restore)).rejects.toThrow('doubtful');
    await expect(of('restore-20200101T000000Z')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('asks for the name of the new server', async () => {
    const order = { digest: asked.digest, confirm: 'shop-westeurope', reason: 'r', by: 'Joe' };
    await expect(orderCutover(hub.world.deps, scope, order)).rejects.toMatchObject({ code: 'bad-input' });
  });

  test('of a source that is gone has no way back to it', async () => {
    hub.world.servers.drop(sourceServer);
    later(60);
    const again = await askForCutover(hub.world, restore, ['hold-writes']);
    const [application, ownBanner] = again.plan.hooks;
    expect([application?.undo, ownBanner?.undo?.kind]).toEqual([undefined, 'http']);
    expect(again.plan.steps[1]?.what).toMatch(/; the way back: none, the source is gone$/);
    expect(again.plan.steps.at(-1)?.what).toMatch(/^shop-westeurope, which is gone, is what/);
    await approveOver(hub.world, again);
    expect((await runOver(hub, again)).output.hooks[0]).toMatchObject({ hook: 'application', state: 'done' });
    const wayBack = (without: readonly string[]) =>
      proposeBack(hub.world.deps, scope, { back: again.cutover, without });
    await expect(wayBack([])).rejects.toMatchObject({
      ...{ code: 'refused', hint: expect.stringContaining('--without application') as string },
    });
    // Nor to one that went later: what is left is to name the new server, or what a person took back by hand.
    await expect(wayBack(['application'])).rejects.toMatchObject({
      ...{ code: 'refused', message: expect.stringContaining('does not stand any more') as string },
      hint: expect.stringContaining('Name the new server in the estate file') as string,
    });
    expect((await wayBack(['application', 'banner'])).plan.hooks).toEqual([]);
  });

  test('is not taken for a restore by its digest', async () => {
    const order = { digest: asked.digest, confirm: 'shop-again', reason: 'x', by: 'Jane' };
    await expect(orderRestore(hub.world.deps, scope, order)).rejects.toMatchObject({
      ...{ code: 'bad-input', message: `${asked.digest} is the plan of a cutover, not of a restore` },
    });
  });

  test('that has ended is not asked for once more', async () => {
    await cutOver();
    const order = { digest: asked.digest, confirm: asked.plan.name, reason: 'again', by: 'Jane' };
    await expect(orderCutover(hub.world.deps, scope, order)).rejects.toMatchObject({
      ...{ code: 'conflict', message: `${asked.cutover} has ended: it is done` },
    });
  });

  test('another one is a conflict while it is in force', async () => {
    await cutOver();
    await expect(askForCutover(hub.world, restore)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('of two that were approved at once one is carried out', async () => {
    later(1);
    const other = await askForCutover(hub.world, restore);
    await approveOver(hub.world, asked);
    await approveOver(hub.world, other);
    await runOver(hub, asked);
    expect((await runOver(hub, other)).output.outcome).toBe('refused');
  });

  test('lets no prune delete anything while it is in force, until the estate names the new server', async () => {
    await cutOver();
    expect(await cutoverDoubt(hub.world.deps, scope)).toHaveLength(1);
    const estate = structuredClone(cutoverEstate);
    for (const region of estate.systems[0]?.regions ?? [])
      for (const database of region.databases) database.server = newServer;
    const renamed = { ...hub.world.deps, estate };
    expect(await cutoverDoubt(renamed, scope)).toEqual([]);
    await watchCutover(renamed, scope);
    expect(isOpen('cutover-in-force')).toBe(false);
  });
});

test('one that was ended from outside is told as failed, and what it did can be taken back', async () => {
  await approveOver(hub.world, asked);
  const of = { ...scope, cutover: asked.cutover, plan: asked.digest };
  await hub.world.value('permitCutover', of);
  await hub.world.value('runHook', { ...of, hook: 'hold-writes' });
  await claimSlot(hub.world.deps, scope, 'cutover', asked.input.slot, 'person');
  later(3600);
  const found = { find: () => Promise.resolve(undefined) };
  const lines = await closeCutOff({ deps: hub.world.deps, systems: ['shop'] }, found);
  expect(lines.join()).toContain(asked.cutover);
  expect(isOpen('cutover-failed')).toBe(true);
  expect((await askForBack(hub.world, asked.cutover)).plan.hooks.map(({ hook }) => hook)).toEqual([
    'hold-writes',
  ]);
});

describe('the way back', () => {
  test('from one that was done is approved by another person, and says what is lost', async () => {
    await cutOver();
    const order = await back();
    expect(order.plan).toMatchObject({
      ...{ direction: 'back', of: asked.cutover, name: 'shop-westeurope' },
      approval: { by: 'another-person' },
    });
    expect(order.plan.loss.seconds).toBeGreaterThanOrEqual(600);
    await approveOver(hub.world, order);
    expect((await runOver(hub, order)).output).toMatchObject({ outcome: 'done', direction: 'back' });
    expect(hub.world.source.altered).toEqual([holdWrites, letWrites]);
    expect(http.asked.slice(2)).toEqual([`DELETE ${banner()}`, `POST ${hookAddress}`]);
    expect(await cutoverInForce(hub.world.deps, scope)).toBeUndefined();
    expect(isOpen('cutover-in-force')).toBe(false);
  });

  test('from one that failed in the middle needs no other word, and takes back what ran', async () => {
    answerBanner(409);
    await cutOver();
    const order = await back();
    expect(order.plan.approval).toEqual({ by: 'given' });
    const { output } = await runOver(hub, order);
    expect(output).toMatchObject({ outcome: 'done' });
    expect(output.hooks.map(({ hook }) => hook)).toEqual(['application', 'hold-writes']);
    expect(hub.world.source.altered).toEqual([holdWrites, letWrites]);
    expect(isOpen('cutover-failed')).toBe(false);
  });

  test('takes back what may have run, too', async () => {
    answerBanner(503);
    await cutOver();
    expect((await back()).plan.hooks.map(({ hook }) => hook)).toEqual([
      'banner',
      'application',
      'hold-writes',
    ]);
  });

  test('that fails in the middle goes on where it stopped', async () => {
    await cutOver();
    http.on(`POST ${hookAddress}`, { status: 400 });
    const first = await back();
    await approveOver(hub.world, first);
    expect((await runOver(hub, first)).output.outcome).toBe('failed');
    http.on(`POST ${hookAddress}`, { status: 200 });
    expect(alert('cutover-failed')).toMatchObject({
      title: expect.stringMatching(/^The way back from a cutover of shop/) as string,
      detail: expect.stringContaining('is in force still') as string,
    });
    later(60);
    const second = await back();
    expect(second.plan.hooks.map(({ hook }) => hook)).toEqual(['application', 'hold-writes']);
    expect((await runOver(hub, second)).output.outcome).toBe('done');
    expect(await cutoverInForce(hub.world.deps, scope)).toBeUndefined();
  });

  test('says which source must be started before, and goes stale where it is gone', async () => {
    await cutOver();
    const first = await back();
    expect(first.plan.steps.map(({ step }) => step)).not.toContain('by hand');
    disturbSource(() => 'not reached');
    later(60);
    const second = await back();
    expect(second.plan.steps[1]).toMatchObject({
      step: 'by hand',
      what: expect.stringMatching(/^shop-westeurope does not answer: start it before/) as string,
    });
    hub.world.servers.drop(sourceServer);
    await expect(approveOver(hub.world, second)).rejects.toMatchObject({
      ...{ code: 'refused', message: expect.stringContaining('does not stand any more') as string },
    });
    expect((await cutoverInForce(hub.world.deps, scope))?.cutover).toBe(asked.cutover);
  });

  test('leaves out what a person took back by hand', async () => {
    await cutOver();
    const order = await back(['banner']);
    await approveOver(hub.world, order);
    expect((await runOver(hub, order)).output.hooks.map(({ hook }) => hook)).toEqual([
      ...['application', 'hold-writes'],
    ]);
    expect(await cutoverInForce(hub.world.deps, scope)).toBeUndefined();
  });

  test('is planned of what is in force alone, and while nothing is at work', async () => {
    const plan = () => proposeBack(hub.world.deps, scope, { back: asked.cutover, without: [] });
    await expect(plan()).rejects.toMatchObject({ code: 'not-found' });
    await approveOver(hub.world, asked);
    const of = { ...scope, cutover: asked.cutover, plan: asked.digest };
    await hub.world.value('permitCutover', of);
    await expect(plan()).rejects.toMatchObject({ code: 'conflict' });
  });

  test('is done once, whoever asks for it at the same time', async () => {
    answerBanner(409);
    await cutOver();
    const first = await back();
    later(1);
    const second = await askFor(
      hub.world,
      await proposeBack(hub.world.deps, scope, { back: asked.cutover, without: [] }),
      'Joe',
    );
    expect((await runOver(hub, first)).output.outcome).toBe('done');
    expect((await runOver(hub, second)).output.outcome).toBe('refused');
    expect(hub.world.source.altered).toEqual([holdWrites, letWrites]);
  });
});
