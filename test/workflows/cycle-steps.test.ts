import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CycleResult } from '../../src/contracts/cycle.ts';
import type { SlotClaim } from '../../src/contracts/documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { makeFail, wordsOfTrouble, type ActivityTrouble } from '../support/failing-activities.ts';
import { sampleEstate, scope, sourceServer } from '../support/sample-estate.ts';
import { WorkflowHub, type Ended } from '../support/workflow-hub.ts';

const slots = ['20260301T013000Z', '20260302T013000Z'] as const;
let hub: WorkflowHub;
beforeEach(() => {
  hub = new WorkflowHub();
});
afterEach(() => hub.close());

const cycle = (slot: string): Promise<Ended<CycleResult>> =>
  hub.run('cycle', `cycle.shop.westeurope.${slot}`, { ...scope, slot, trigger: 'person' });
const outcomesOf = ({ heartbeat, snapshot, scan, prune, drill }: CycleResult): Record<string, string> => ({
  heartbeat: heartbeat.outcome,
  snapshot: snapshot.outcome,
  scan: scan.outcome,
  prune: prune.outcome,
  drill: drill.result,
});
const wordsIn = ({ heartbeat, snapshot, scan, prune, drill }: CycleResult): Record<string, string> => ({
  heartbeat: heartbeat.detail,
  snapshot: snapshot.detail,
  scan: scan.detail,
  prune: prune.detail,
  drill: drill.reasons.join('; '),
});
const claimOf = (kind: string, slot: string): SlotClaim | undefined => {
  const path = vaultPaths.slot(scope, kind, slot);
  return hub.world.vault.paths(path).length === 0 ? undefined : hub.world.vault.json<SlotClaim>(path);
};
const well = { heartbeat: 'done', snapshot: 'done', scan: 'clean', prune: 'done', drill: 'PASS' };

test('a cycle in which all is well leaves a claim for each step and says how each ended', async () => {
  const { output, customStatus } = await cycle(slots[0]);
  expect(outcomesOf(output)).toEqual(well);
  expect(
    ['snapshot', 'scan', 'prune', 'drill'].map((kind) => claimOf(kind, slots[0])?.finished?.outcome),
  ).toEqual([...['done', 'clean', 'done', 'PASS']]);
  expect(customStatus).toMatchObject({ step: 'restore drill', child: `drill.shop.westeurope.${slots[0]}` });
});

test('a cycle of a system with three stores keeps every history under 200 events', async () => {
  await hub.close();
  const estate = structuredClone(sampleEstate());
  const stores = estate.systems[0]!.regions[0]!.blobStores;
  for (const id of ['models', 'images']) stores.push({ ...stores[0]!, id, container: id });
  hub = new WorkflowHub(undefined, { estate });
  hub.world.servers.polls.restore = 60;
  const { output } = await cycle(slots[0]);
  expect(output.scan).toMatchObject({ outcome: 'clean', counts: { blobs: 9 } });
  const long = hub.histories().filter(({ history }) => history.length >= 200);
  expect(long.map(({ id, history }) => `${id}: ${history.length}`)).toEqual([]);
  expect(hub.histories().filter(({ name }) => name === 'scanShard')).toHaveLength(3);
});

/** What a step's trouble leaves of the steps that build on it. */
const table: readonly (readonly [keyof typeof well, string, Partial<typeof well>])[] = [
  ['heartbeat', 'recordHeartbeat', { heartbeat: 'failed' }],
  ['snapshot', 'planSnapshot', { snapshot: 'failed' }],
  ['snapshot', 'takeFingerprint', { snapshot: 'failed' }],
  ['scan', 'planScan', { scan: 'failed' }],
  ['scan', 'planStore', { scan: 'failed' }],
  ['scan', 'nextShards', { scan: 'failed' }],
  ['scan', 'scanPart', { scan: 'failed' }],
  ['scan', 'verifyChanges', { scan: 'failed' }],
  ['scan', 'finishShard', { scan: 'failed' }],
  ['prune', 'planPrune', { prune: 'failed' }],
  ['prune', 'finalizePrune', { prune: 'failed' }],
  ['drill', 'planDrill', { drill: 'INCONCLUSIVE' }],
  ['drill', 'finalizeReport', { drill: 'INCONCLUSIVE' }],
];
const troubles: readonly ActivityTrouble[] = ['said', 'thrown', 'garbled'];

describe.each(table)('a night whose %s fails at %s', (step, activity, left) => {
  test.each(troubles)('(%s) says so, and every later step is still tried', async (trouble) => {
    expect(outcomesOf((await cycle(slots[0])).output)).toEqual(well);
    hub.time.jumpTo(hub.time.now() + 86_400_000);
    makeFail(hub.world, activity, trouble);
    const { status, output } = await cycle(slots[1]);
    expect(status).toBe('Completed');
    const found = outcomesOf(output);
    // How old the newest heartbeat of the older point is decides the drill where no new point came.
    const drill = step === 'heartbeat' || step === 'snapshot' ? found['drill'] : (left.drill ?? 'PASS');
    expect(found).toEqual({ ...well, ...left, drill });
    expect(['PASS', 'FAIL', 'INCONCLUSIVE']).toContain(found['drill']);
    expect(wordsIn(output)[step]).toMatch(wordsOfTrouble[trouble]);
    expect(output.drill.report ?? 'none').toMatch(step === 'drill' ? /^none$/ : /report\.json$/);
    for (const kind of ['snapshot', 'scan', 'prune', 'drill'])
      expect(claimOf(kind, slots[1])?.finished, kind).toBeDefined();
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
  });
});

test('a night in which every step fails ends, says so of each, and leaves nothing behind', async () => {
  for (const activity of ['recordHeartbeat', 'planSnapshot', 'planScan', 'planPrune', 'planDrill'])
    makeFail(hub.world, activity, 'said');
  const { status, output } = await cycle(slots[0]);
  expect(status).toBe('Completed');
  expect(outcomesOf(output)).toEqual({
    ...{ heartbeat: 'failed', snapshot: 'failed', scan: 'failed', prune: 'failed', drill: 'INCONCLUSIVE' },
  });
  for (const words of Object.values(wordsIn(output))) expect(words).toMatch(wordsOfTrouble.said);
  expect(hub.world.servers.effects).toEqual([]);
});
