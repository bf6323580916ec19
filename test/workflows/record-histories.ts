/**
 * Records a history of every workflow into `histories/`: run it after a workflow was changed on purpose, and look at
 * what changed in git before committing. `node test/workflows/record-histories.ts`
 */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { HistoryEvent } from '../../local/functions-host/durable/history-events.ts';
import { longCheckContract } from '../../src/workflows/long-check.ts';
import { Failure } from '../../src/policy/failure.ts';
import { hubOfManyDatabases } from '../support/many-databases.ts';
import { inManyPortions } from '../support/many-portions.ts';
import { RepairHub } from '../support/repair-hub.ts';
import { damageCurrent, good, makeRepairWorld, nameOfGood } from '../support/repair-world.ts';
import { allowTables, approve, approvedRestore, askForRestore } from '../support/restore-steps.ts';
import { approveOver, askForCutover, cutoverHub, readyRestore, runOver } from '../support/cutover-steps.ts';
import { sampleEstate, scope } from '../support/sample-estate.ts';
import { WorkflowHub } from '../support/workflow-hub.ts';

export const folder = new URL('histories/', import.meta.url);

/** A workflow's history as it is kept. */
export interface RecordedHistory {
  readonly workflow: string;
  readonly about: string;
  readonly history: readonly HistoryEvent[];
}

const days = ['20260301T013000Z', '20260310T013000Z'] as const;

/** The longest history of each workflow from two cycles nine days apart, and those of a drill that fails. */
async function record(): Promise<RecordedHistory[]> {
  const recorded = new Map<string, RecordedHistory>();
  const take = (hub: Pick<WorkflowHub, 'histories'>, about: string, only?: string): void => {
    for (const { name, history } of hub.histories()) {
      const known = recorded.get(`${name} ${about}`)?.history.length ?? 0;
      if ((only ?? name) === name && history.length > known)
        recorded.set(`${name} ${about}`, { workflow: name, about, history });
    }
  };
  const hub = new WorkflowHub();
  const start = (workflow: string, slot: string) =>
    hub.run(workflow, `${workflow}.shop.westeurope.${slot}`, { ...scope, slot, trigger: 'schedule' });
  hub.world.servers.polls.restore = 30;
  for (const slot of days) {
    await start('cycle', slot);
    hub.time.jumpTo(Date.UTC(2026, 2, 10, 1, 30));
  }
  // Only now the newer point is proven, and the older one goes.
  await start('prune', '20260310T023000Z');
  take(hub, 'succeeded');
  await hub.close();
  const failing = new WorkflowHub();
  await failing.run('snapshot', 'snapshot.1', { ...scope, slot: days[0], trigger: 'schedule' });
  failing.world.servers.failNext('restore', 'WalMissing', 'a segment is missing');
  await failing.run('restoreDrill', 'drill.1', { ...scope, slot: days[0], trigger: 'schedule' });
  take(failing, 'restore-failed', 'restoreDrill');
  take(failing, 'restore-failed', 'restoreServer');
  const busy = new Failure('busy', 'the server is busy', 'It is asked again.');
  failing.world.servers.faults.on('beginBackup', 'before', { times: 10, error: busy });
  await failing.run('snapshot', 'snapshot.2', { ...scope, slot: days[1], trigger: 'schedule' });
  take(failing, 'busy', 'startWhenFree');
  await failing.close();
  take(await longChecked(), 'succeeded', longCheckContract.name);
  const many = await hubOfManyDatabases(5);
  for (const workflow of ['snapshot', 'restoreDrill'])
    await many.run(workflow, `${workflow}.1`, { ...scope, slot: days[0], trigger: 'schedule' });
  for (const workflow of ['snapshot', 'takeParts', 'restoreDrill', 'checkSeries', 'childGroup'])
    take(many, 'many-databases', workflow);
  await many.run('restoreDrill', 'lost.1', {
    ...{ ...scope, slot: days[1], trigger: 'person', scenario: 'server-lost' },
  });
  take(many, 'many-databases', 'targetOperation');
  await many.close();
  const restoring = new WorkflowHub();
  await restoring.run('snapshot', 'snapshot.1', { ...scope, slot: days[0], trigger: 'schedule' });
  restoring.world.servers.polls.restore = 30;
  const asked = await askForRestore(restoring.world, `on-demand-${days[0]}`);
  atLook(restoring, 3, 'readGo', () => approve(restoring.world, asked));
  await restoring.run('restore', `restore.shop.westeurope.${asked.slot}`, asked.input);
  for (const workflow of ['restore', 'waitForGo', 'waitForCancel']) take(restoring, 'succeeded', workflow);
  await restoring.close();
  const carrying = new WorkflowHub();
  allowTables(carrying.world);
  await carrying.run('snapshot', 'snapshot.1', { ...scope, slot: days[0], trigger: 'schedule' });
  const tables = ['shop.item', 'shop.orders'];
  const chosen = await approvedRestore(carrying.world, `on-demand-${days[0]}`, undefined, { tables });
  await carrying.run('restore', `restore.shop.westeurope.${chosen.slot}`, chosen.input);
  take(carrying, 'tables', 'restore');
  take(carrying, 'succeeded', 'copyTables');
  await carrying.close();
  take(await cutOver(), 'succeeded');
  const walking = new WorkflowHub();
  await walking.world.value('recordHeartbeat', scope);
  await walking.run('snapshot', 'snapshot.1', { ...scope, slot: days[0], trigger: 'schedule' });
  await walking.run('restoreDrill', 'drill.1', {
    ...{ ...scope, slot: days[0], trigger: 'person', scenario: 'ransomware' },
  });
  take(walking, 'ransomware', 'restoreDrill');
  take(walking, 'succeeded', 'playPoint');
  await walking.close();
  const losing = new WorkflowHub();
  await losing.world.value('recordHeartbeat', scope);
  await losing.run('snapshot', 'snapshot.1', { ...scope, slot: days[0], trigger: 'schedule' });
  await losing.run('restoreDrill', 'drill.1', {
    ...{ ...scope, slot: days[0], trigger: 'person', scenario: 'server-lost' },
  });
  take(losing, 'server-lost', 'restoreDrill');
  await losing.close();
  const estate = sampleEstate('exact', { geo: true });
  const without = new WorkflowHub(undefined, { estate });
  await without.run('snapshot', 'snapshot.1', { ...scope, slot: days[0], trigger: 'schedule' });
  await without.run('restoreDrill', 'drill.1', {
    ...{ ...scope, slot: days[0], trigger: 'person', scenario: 'store-lost' },
  });
  take(without, 'store-lost', 'restoreDrill');
  await without.close();
  take(await repaired(), 'succeeded');
  return [...recorded.values()];
}

/** A drill of which one check takes three portions. */
async function longChecked(): Promise<Pick<WorkflowHub, 'histories'>> {
  const hub = new WorkflowHub();
  await hub.run('snapshot', 'snapshot.1', { ...scope, slot: days[0], trigger: 'schedule' });
  inManyPortions(hub, 'pages', 3);
  await hub.run('restoreDrill', 'drill.1', { ...scope, slot: days[0], trigger: 'schedule' });
  const histories = hub.histories();
  await hub.close();
  return { histories: () => histories };
}

/** A cutover that is approved at the third look. */
async function cutOver(): Promise<Pick<WorkflowHub, 'histories'>> {
  const { hub, http } = cutoverHub();
  const { restore } = await readyRestore(hub.world);
  const asked = await askForCutover(hub.world, restore);
  http.on(`PUT https://app.example/banner/${asked.cutover}`, { status: 200 });
  atLook(hub, 3, 'readCutoverGo', () => approveOver(hub.world, asked));
  await runOver(hub, asked);
  const histories = hub.histories();
  await hub.close();
  return { histories: () => histories };
}

/** Has something happen right before an activity runs for the n-th time. */
function atLook(
  { world }: Pick<WorkflowHub, 'world'>,
  turn: number,
  activity: string,
  what: () => Promise<void>,
): void {
  const run = world.run.bind(world);
  let looks = 0;
  world.run = async (name, input) => {
    if (name === activity && (looks += 1) === turn) await what();
    return run(name, input);
  };
}

/** A repair whose plan is approved at the third look. */
async function repaired(): Promise<Pick<RepairHub, 'histories'>> {
  const hub = new RepairHub((clock) => {
    const world = makeRepairWorld(clock);
    world.store.upload(nameOfGood, good);
    damageCurrent(world.store, 'a flipped bit');
    world.find([nameOfGood, 'digest-mismatch']);
    return world;
  });
  const run = hub.world.run.bind(hub.world);
  let looks = 0;
  hub.world.run = async (name, input) => {
    if (name === 'readApproval' && (looks += 1) === 3) hub.world.decide((input as { plan: string }).plan);
    return run(name, input);
  };
  await hub.run();
  const histories = hub.histories();
  await hub.close();
  return { histories: () => histories };
}

if (import.meta.main) {
  await mkdir(folder, { recursive: true });
  for (const one of await record()) {
    const file = `${one.workflow}.${one.about}.json`;
    await writeFile(new URL(file, folder), `${JSON.stringify(one, undefined, 1)}\n`);
    console.log(`${file}: ${one.history.length} events`);
  }
  execFileSync(fileURLToPath(new URL('../../node_modules/.bin/oxfmt', import.meta.url)), [
    fileURLToPath(folder),
  ]);
}
