/** The way back from a cutover, as the people see it who stand before it at night. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cutoverInForce } from '../../src/activities/cutover/in-force.ts';
import { proposeBack } from '../../src/activities/cutover/propose-back.ts';
import { CutoverNight } from '../support/cutover-night.ts';
import { approveOver, askFor, runOver } from '../support/cutover-steps.ts';
import { holdWrites, hookAddress, letWrites, scope, sourceServer } from '../support/sample-estate.ts';

let night: CutoverNight;
beforeEach(async () => {
  night = await CutoverNight.make();
});
afterEach(() => night.close());

describe('the way back', () => {
  test('from one that was done is approved by another person, and says what is lost', async () => {
    await night.cutOver();
    const order = await night.back();
    expect(order.plan).toMatchObject({
      ...{ direction: 'back', of: night.asked.cutover, name: 'shop-westeurope' },
      approval: { by: 'another-person' },
    });
    expect(order.plan.loss.seconds).toBeGreaterThanOrEqual(600);
    await approveOver(night.hub.world, order);
    expect((await runOver(night.hub, order)).output).toMatchObject({ outcome: 'done', direction: 'back' });
    expect(night.hub.world.source.altered).toEqual([holdWrites, letWrites]);
    expect(night.http.asked.slice(2)).toEqual([`DELETE ${night.banner()}`, `POST ${hookAddress}`]);
    expect(await cutoverInForce(night.hub.world.deps, scope)).toBeUndefined();
    expect(night.isOpen('cutover-in-force')).toBe(false);
  });

  test('from one that failed in the middle needs no other word, and takes back what ran', async () => {
    night.answerBanner(409);
    await night.cutOver();
    const order = await night.back();
    expect(order.plan.approval).toEqual({ by: 'given' });
    const { output } = await runOver(night.hub, order);
    expect(output).toMatchObject({ outcome: 'done' });
    expect(output.hooks.map(({ hook }) => hook)).toEqual(['application', 'hold-writes']);
    expect(night.hub.world.source.altered).toEqual([holdWrites, letWrites]);
    expect(night.isOpen('cutover-failed')).toBe(false);
  });

  test('takes back what may have run, too', async () => {
    night.answerBanner(503);
    await night.cutOver();
    expect((await night.back()).plan.hooks.map(({ hook }) => hook)).toEqual([
      'banner',
      'application',
      'hold-writes',
    ]);
  });

  test('that fails in the middle goes on where it stopped', async () => {
    await night.cutOver();
    night.http.on(`POST ${hookAddress}`, { status: 400 });
    const first = await night.back();
    await approveOver(night.hub.world, first);
    expect((await runOver(night.hub, first)).output.outcome).toBe('failed');
    night.http.on(`POST ${hookAddress}`, { status: 200 });
    expect(night.alert('cutover-failed')).toMatchObject({
      title: expect.stringMatching(/^The way back from a cutover of shop/) as string,
      detail: expect.stringContaining('is in force still') as string,
    });
    night.later(60);
    const second = await night.back();
    expect(second.plan.hooks.map(({ hook }) => hook)).toEqual(['application', 'hold-writes']);
    expect((await runOver(night.hub, second)).output.outcome).toBe('done');
    expect(await cutoverInForce(night.hub.world.deps, scope)).toBeUndefined();
  });

  test('says which source must be started before, and goes stale where it is gone', async () => {
    await night.cutOver();
    const first = await night.back();
    expect(first.plan.steps.map(({ step }) => step)).not.toContain('by hand');
    night.disturbSource(() => 'not reached');
    night.later(60);
    const second = await night.back();
    expect(second.plan.steps[1]).toMatchObject({
      step: 'by hand',
      what: expect.stringMatching(/^shop-westeurope does not answer: start it before/) as string,
    });
    night.hub.world.servers.drop(sourceServer);
    await expect(approveOver(night.hub.world, second)).rejects.toMatchObject({
      ...{ code: 'refused', message: expect.stringContaining('does not stand any more') as string },
    });
    expect((await cutoverInForce(night.hub.world.deps, scope))?.cutover).toBe(night.asked.cutover);
  });

  test('leaves out what a person took back by hand', async () => {
    await night.cutOver();
    const order = await night.back(['banner']);
    await approveOver(night.hub.world, order);
    expect((await runOver(night.hub, order)).output.hooks.map(({ hook }) => hook)).toEqual([
      ...['application', 'hold-writes'],
    ]);
    expect(await cutoverInForce(night.hub.world.deps, scope)).toBeUndefined();
  });

  test('is planned of what is in force alone, and while nothing is at work', async () => {
    const plan = () => proposeBack(night.hub.world.deps, scope, { back: night.asked.cutover, without: [] });
    await expect(plan()).rejects.toMatchObject({ code: 'not-found' });
    await approveOver(night.hub.world, night.asked);
    const of = { ...scope, cutover: night.asked.cutover, plan: night.asked.digest };
    await night.hub.world.value('permitCutover', of);
    await expect(plan()).rejects.toMatchObject({ code: 'conflict' });
  });

  test('is done once, whoever asks for it at the same time', async () => {
    night.answerBanner(409);
    await night.cutOver();
    const first = await night.back();
    night.later(1);
    const second = await askFor(
      night.hub.world,
      await proposeBack(night.hub.world.deps, scope, { back: night.asked.cutover, without: [] }),
      'Joe',
    );
    expect((await runOver(night.hub, first)).output.outcome).toBe('done');
    expect((await runOver(night.hub, second)).output.outcome).toBe('refused');
    expect(night.hub.world.source.altered).toEqual([holdWrites, letWrites]);
  });
});
