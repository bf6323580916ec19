/** A check that takes more than one portion: it goes on by itself, with short histories, and gives up at its deadline. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DrillResult } from '../../src/contracts/drill.ts';
import type { DrillReport } from '../../src/contracts/report.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { scope } from '../support/sample-estate.ts';
import { inManyPortions } from '../support/many-portions.ts';
import { WorkflowHub, type Ended } from '../support/workflow-hub.ts';

const slot = '20260301T013000Z';
let hub: WorkflowHub;
beforeEach(async () => {
  hub = new WorkflowHub();
  await hub.world.value('recordHeartbeat', scope);
  await hub.run('snapshot', 'snapshot.1', { ...scope, slot, trigger: 'schedule' });
});
afterEach(() => hub.close());

const drill = (): Promise<Ended<DrillResult>> =>
  hub.run('restoreDrill', 'drill.1', { ...scope, slot, trigger: 'schedule' });
const report = (): DrillReport => hub.world.vault.json(vaultPaths.report(scope, `drill-${slot}`));

test('a check of many portions ends with its answer, and no history grows with them', async () => {
  const portions = inManyPortions(hub, 'pages', 50);
  expect((await drill()).output).toMatchObject({ result: 'PASS' });
  expect(portions()).toEqual(Array.from({ length: 51 }, (_, index) => index));
  expect(report().checks.find(({ id }) => id === 'pages')).toMatchObject({ status: 'passed' });
  for (const { name, history } of hub.histories()) expect(history.length, name).toBeLessThan(200);
});

test('what was tried again in one generation and another stands in the account of the step', async () => {
  let calls = 0;
  inManyPortions(hub, 'pages', 50, () => {
    calls += 1;
    if (calls === 5 || calls === 45) throw new Error('the activity was lost');
  });
  expect((await drill()).output).toMatchObject({ result: 'PASS' });
  expect(report().timeline.find(({ step }) => step === 'check')).toMatchObject({ retries: 2 });
});

test('a check that does not end gives no answer after its deadline, and the later ones still run', async () => {
  inManyPortions(hub, 'pages', Number.POSITIVE_INFINITY, () => hub.time.jumpTo(hub.time.now() + 600_000));
  expect((await drill()).output.result).not.toBe('PASS');
  const { checks } = report();
  expect(checks.filter(({ status }) => status !== 'passed')).toMatchObject([
    { id: 'pages', status: 'inconclusive', actual: 'it had not ended after 28800 s' },
  ]);
  expect(checks.at(-1)?.id).toBe('operator');
});
