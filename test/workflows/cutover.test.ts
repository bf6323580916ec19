/** A cutover to what was restored, as the people see it who stand before it at night. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cutoverDoubt, cutoverInForce, watchCutover } from '../../src/activities/cutover/in-force.ts';
import { goOnAloneOver } from '../../src/activities/cutover/decide.ts';
import { proposeBack } from '../../src/activities/cutover/propose-back.ts';
import { proposeCutover } from '../../src/activities/cutover/propose.ts';
import { orderCancel, orderCutover } from '../../src/activities/cutover/request.ts';
import { orderRestore } from '../../src/activities/restore/request.ts';
import { claimSlot } from '../../src/activities/slots.ts';
import { closeCutOff } from '../../src/app/cut-off.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { CutoverNight } from '../support/cutover-night.ts';
import {
  approveOver,
  askForBack,
  askForCutover,
  cutoverEstate,
  newServer,
  runOver,
} from '../support/cutover-steps.ts';
import { addressOf } from '../support/memory-servers.ts';
import { holdWrites, hookAddress, letWrites, scope, sourceServer } from '../support/sample-estate.ts';

let night: CutoverNight;
beforeEach(async () => {
  night = await CutoverNight.make();
});
afterEach(() => night.close());

describe('a cutover', () => {
  test('says before what will be sent, in which order, how it is taken back, and what is lost', () => {
    const { plan } = night.asked;
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
    await approveOver(night.hub.world, night.asked);
    const { output } = await runOver(night.hub, night.asked);
    expect(output).toMatchObject({ outcome: 'done', direction: 'over' });
    expect(output.hooks.map(({ hook, state }) => `${hook} ${state}`)).toEqual([
      ...['hold-writes done', 'application done', 'banner done'],
    ]);
    expect(night.hub.world.source.altered).toEqual([holdWrites]);
    expect(night.http.asked).toEqual([`POST ${hookAddress}`, `PUT ${night.banner()}`]);
    const [first] = night.http.sent;
    expect(first).toMatchObject({
      tokenScope: 'api://shop/.default',
      headers: {
        'idempotency-key': `shop.westeurope.${night.asked.cutover}.application`,
        'lifeboat-attempt': '1',
      },
    });
    expect(await cutoverInForce(night.hub.world.deps, scope)).toMatchObject({ cutover: night.asked.cutover });
    expect(night.isOpen('cutover-in-force')).toBe(true);
    expect(night.isOpen('cutover-waiting')).toBe(false);
  });

  test('waits for another person, and its hooks with it', async () => {
    const own = approveOver(night.hub.world, night.asked, { by: 'Jane' });
    await expect(own).rejects.toMatchObject({ code: 'refused' });
    await approveOver(night.hub.world, night.asked, { decision: 'rejected' });
    const { output } = await runOver(night.hub, night.asked);
    expect(output.outcome).toBe('refused');
    expect(night.http.sent).toEqual([]);
    expect(night.hub.world.source.altered).toEqual([]);
    expect(await cutoverInForce(night.hub.world.deps, scope)).toBeUndefined();
  });

  test('no activity asks a hook that nobody permitted', async () => {
    const outcome = await night.hub.world.run('runHook', {
      ...{ ...scope, cutover: night.asked.cutover, plan: night.asked.digest, hook: 'application' },
    });
    expect(outcome).toMatchObject({ outcome: 'failed', failure: { code: 'refused' } });
    expect(night.http.sent).toEqual([]);
  });

  test('one person goes on alone once nobody has decided for long enough, loudly', async () => {
    const word = { digest: night.asked.digest, reason: 'nobody answers', by: 'Jane' };
    await expect(goOnAloneOver(night.hub.world.deps, scope, night.asked.cutover, word)).rejects.toThrow(
      'before',
    );
    night.later(901);
    await goOnAloneOver(night.hub.world.deps, scope, night.asked.cutover, word);
    const { output } = await runOver(night.hub, night.asked);
    expect(output.outcome).toBe('done');
    expect(night.isOpen('cutover-break-glass')).toBe(true);
  });

  test('can be cancelled until it is permitted', async () => {
    await orderCancel(night.hub.world.deps, scope, night.asked.cutover, { by: 'Jane', reason: 'a mistake' });
    await approveOver(night.hub.world, night.asked);
    const { output } = await runOver(night.hub, night.asked);
    expect(output).toMatchObject({ outcome: 'cancelled', detail: 'cancelled by Jane: a mistake' });
    expect(night.http.sent).toEqual([]);
  });

  test('a hook that refuses ends it there, and says which ran', async () => {
    night.answerBanner(409);
    await approveOver(night.hub.world, night.asked);
    const { output } = await runOver(night.hub, night.asked);
    expect(output).toMatchObject({
      outcome: 'failed',
      detail: 'banner was refused: https://app.example answered 409; done: hold-writes, application',
    });
    expect(night.alert('cutover-failed')?.detail).toContain(`lifeboat cutover back ${night.asked.cutover}`);
  });

  test('a hook that gives no answer is asked again under the same key, and then may have run', async () => {
    night.answerBanner(503);
    await approveOver(night.hub.world, night.asked);
    const { output } = await runOver(night.hub, night.asked);
    expect(output.hooks.at(-1)).toMatchObject({ state: 'unknown', asked: 4 });
    const headers = night.http.sent.slice(1).map((one) => one.headers ?? {});
    expect(new Set(headers.map((one) => one['idempotency-key'])).size).toBe(1);
    expect(headers.map((one) => one['lifeboat-attempt'])).toEqual(['1', '2', '3', '4']);
    expect((await cutoverInForce(night.hub.world.deps, scope))?.hooks).toContain('banner');
  });

  test('one whose first hook reached nobody is as if it had never been; its plan says which to leave out', async () => {
    night.disturbSource(() => 'not reached');
    night.later(60);
    const again = await askForCutover(night.hub.world, night.restore);
    expect(again.plan.steps[1]?.what).toMatch(/does not answer.*: plan with --without hold-writes/);
    expect(again.plan.steps[2]?.what).not.toContain('--without');
    await approveOver(night.hub.world, again);
    const { output } = await runOver(night.hub, again);
    expect(output).toMatchObject({
      outcome: 'failed',
      detail: expect.stringMatching(/ECONNREFUSED; no hook/) as string,
    });
    expect(output.hooks[0]).toMatchObject({
      ...{ state: 'not-run', asked: 4, detail: 'nobody was reached: connect ECONNREFUSED' },
    });
    expect(await cutoverInForce(night.hub.world.deps, scope)).toBeUndefined();
    night.later(60);
    const without = await askForCutover(night.hub.world, night.restore, ['hold-writes']);
    await approveOver(night.hub.world, without);
    expect((await runOver(night.hub, without)).output).toMatchObject({
      hooks: [{ hook: 'application', state: 'done' }, {}],
    });
  });

  test('one of which a single asking may have arrived has to be taken back', async () => {
    night.disturbSource((turn) => (turn === 3 ? 'answer lost' : 'not reached'));
    await approveOver(night.hub.world, night.asked);
    const { output } = await runOver(night.hub, night.asked);
    expect(night.hub.world.source.altered).toEqual([holdWrites]);
    expect(output.hooks[0]).toMatchObject({ state: 'unknown', asked: 4 });
    expect((await cutoverInForce(night.hub.world.deps, scope))?.hooks).toContain('hold-writes');
  });

  test('an asking that reached nobody is noted once, however often that is written', async () => {
    // The third one arrives and its answer is lost; every note is written a second time by its transport.
    night.disturbSource((turn) => (turn === 3 ? 'answer lost' : 'not reached'));
    const { vault } = night.hub.world;
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
    await approveOver(night.hub.world, night.asked);
    expect((await runOver(night.hub, night.asked)).output.hooks[0]).toMatchObject({ state: 'unknown' });
    expect((await cutoverInForce(night.hub.world.deps, scope))?.hooks).toContain('hold-writes');
  });

  test('one whose first hook was refused is as if it had never been', async () => {
    night.http.on(`POST ${hookAddress}`, { status: 401 });
    night.later(60);
    const again = await askForCutover(night.hub.world, night.restore, ['hold-writes']);
    await approveOver(night.hub.world, again);
    expect((await runOver(night.hub, again)).output.outcome).toBe('failed');
    expect(await cutoverInForce(night.hub.world.deps, scope)).toBeUndefined();
  });

  test.each([
    [
      'the new server is elsewhere',
      'by now',
      () => night.hub.world.servers.put({ id: newServer, address: 'other.example' }),
    ],
    [
      'it is of another restore',
      'is not of restore-',
      () =>
        night.hub.world.servers.put({
          id: newServer,
          tags: { 'lifeboat-restore': 'restore-20200101T000000Z' },
        }),
    ],
  ] as const)('is stale once %s', async (_, reason, change) => {
    await approveOver(night.hub.world, night.asked);
    change();
    const { output } = await runOver(night.hub, night.asked);
    expect(output).toMatchObject({ outcome: 'refused', detail: expect.stringContaining(reason) as string });
    expect(night.http.sent).toEqual([]);
  });

  test('is planned for a restore that is ready, and for no other', async () => {
    const path = vaultPaths.restore(scope, night.restore);
    const end = night.hub.world.vault.json<object>(path);
    night.hub.world.vault.put(path, Buffer.from(JSON.stringify({ ...end, outcome: 'doubtful' })));
    const of = (id: string) => proposeCutover(night.hub.world.deps, scope, { restore: id, without: [] });
    await expect(of(night.restore)).rejects.toThrow('doubtful');
    await expect(of('restore-20200101T000000Z')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('asks for the name of the new server', async () => {
    const order = { digest: night.asked.digest, confirm: 'shop-westeurope', reason: 'r', by: 'Joe' };
    await expect(orderCutover(night.hub.world.deps, scope, order)).rejects.toMatchObject({
      code: 'bad-input',
    });
  });

  test('of a source that is gone has no way back to it', async () => {
    night.hub.world.servers.drop(sourceServer);
    night.later(60);
    const again = await askForCutover(night.hub.world, night.restore, ['hold-writes']);
    const [application, ownBanner] = again.plan.hooks;
    expect([application?.undo, ownBanner?.undo?.kind]).toEqual([undefined, 'http']);
    expect(again.plan.steps[1]?.what).toMatch(/; the way back: none, the source is gone$/);
    expect(again.plan.steps.at(-1)?.what).toMatch(/^shop-westeurope, which is gone, is what/);
    await approveOver(night.hub.world, again);
    expect((await runOver(night.hub, again)).output.hooks[0]).toMatchObject({
      hook: 'application',
      state: 'done',
    });
    const wayBack = (without: readonly string[]) =>
      proposeBack(night.hub.world.deps, scope, { back: again.cutover, without });
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
    const order = { digest: night.asked.digest, confirm: 'shop-again', reason: 'x', by: 'Jane' };
    await expect(orderRestore(night.hub.world.deps, scope, order)).rejects.toMatchObject({
      ...{ code: 'bad-input', message: `${night.asked.digest} is the plan of a cutover, not of a restore` },
    });
  });

  test('that has ended is not asked for once more', async () => {
    await night.cutOver();
    const order = { digest: night.asked.digest, confirm: night.asked.plan.name, reason: 'again', by: 'Jane' };
    await expect(orderCutover(night.hub.world.deps, scope, order)).rejects.toMatchObject({
      ...{ code: 'conflict', message: `${night.asked.cutover} has ended: it is done` },
    });
  });

  test('another one is a conflict while it is in force', async () => {
    await night.cutOver();
    await expect(askForCutover(night.hub.world, night.restore)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('of two that were approved at once one is carried out', async () => {
    night.later(1);
    const other = await askForCutover(night.hub.world, night.restore);
    await approveOver(night.hub.world, night.asked);
    await approveOver(night.hub.world, other);
    await runOver(night.hub, night.asked);
    expect((await runOver(night.hub, other)).output.outcome).toBe('refused');
  });

  test('lets no prune delete anything while it is in force, until the estate names the new server', async () => {
    await night.cutOver();
    expect(await cutoverDoubt(night.hub.world.deps, scope)).toHaveLength(1);
    const estate = structuredClone(cutoverEstate);
    for (const region of estate.systems[0]?.regions ?? [])
      for (const database of region.databases) database.server = newServer;
    const renamed = { ...night.hub.world.deps, estate };
    expect(await cutoverDoubt(renamed, scope)).toEqual([]);
    await watchCutover(renamed, scope);
    expect(night.isOpen('cutover-in-force')).toBe(false);
  });
});

test('one that was ended from outside is told as failed, and what it did can be taken back', async () => {
  await approveOver(night.hub.world, night.asked);
  const of = { ...scope, cutover: night.asked.cutover, plan: night.asked.digest };
  await night.hub.world.value('permitCutover', of);
  await night.hub.world.value('runHook', { ...of, hook: 'hold-writes' });
  await claimSlot(night.hub.world.deps, scope, 'cutover', night.asked.input.slot, 'person');
  night.later(3600);
  const found = { find: () => Promise.resolve(undefined) };
  const lines = await closeCutOff({ deps: night.hub.world.deps, systems: ['shop'] }, found);
  expect(lines.join()).toContain(night.asked.cutover);
  expect(night.isOpen('cutover-failed')).toBe(true);
  expect((await askForBack(night.hub.world, night.asked.cutover)).plan.hooks.map(({ hook }) => hook)).toEqual(
    ['hold-writes'],
  );
});
