/**
 * SIGKILL from outside in the middle of a drill, of the app alone and of the whole stack: the drill goes on, made one
 * server, removed it, and wrote one report.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { budget } from '../budget.ts';
import { nextDrillServer } from './support/control.ts';
import { narrowedEstate, type EstateFile } from './support/estate-file.ts';
import type { OperationView } from './support/lifeboat-api.ts';
import { kill } from './support/processes.ts';
import { TestStack } from './support/stack.ts';
import { until } from './support/until.ts';

const system = 'lms';
const region = 'eastus';
const restoreTakesMilliseconds = 3_000;
const checkTakesSeconds = 2;

let stack: TestStack;
let cycles = 1; // The first start's own.

beforeAll(async () => {
  stack = await TestStack.make(estateWithSlowCheck());
  await stack.serve();
});
afterAll(() => stack.remove());

const stages = { 'is restoring': waitForRestore, 'is checking': waitForChecks };
const victims = { 'the app': killApp, 'the whole stack': killStackAndStart };
const cases = Object.keys(victims).flatMap((victim) =>
  Object.keys(stages).map((stage) => ({ victim, stage })),
);

test.each(cases)(
  'a drill in which $victim is killed while it $stage ends as if nothing had been',
  async (one) => {
    for (let round = 0; round < budget.killsPerStage; round += 1) {
      await stack.control.fault({ ...nextDrillServer('PUT'), operationDelayMs: restoreTakesMilliseconds });
      const id = await stack.api(region).begin('cycles', { system });
      cycles += 1;
      await stages[one.stage as keyof typeof stages](id);
      await victims[one.victim as keyof typeof victims]();
      await expectOneDrillEnded(id);
    }
  },
);

async function waitForRestore(id: string): Promise<void> {
  const restoring = ({ inner }: OperationView): true | undefined =>
    inner?.step === 'restore' ? true : undefined;
  await stack.api(region).operationWhen(id, 'its drill is restoring', restoring, 50);
  await until('the restore was accepted', async () => {
    const kinds = (await stack.control.effectsOn(`drill-${system}-`)).map(({ kind }) => kind);
    const count = (wanted: string): number => kinds.filter((kind) => kind === wanted).length;
    return count('restore-started') > count('restore-finished') ? true : undefined;
  });
}

async function waitForChecks(id: string): Promise<void> {
  const checking = ({ inner }: OperationView): true | undefined =>
    inner?.step === 'check' ? true : undefined;
  await stack.api(region).operationWhen(id, 'its drill is checking', checking, 50);
}

async function killApp(): Promise<void> {
  kill(stack.pidOf(`app-${region}`), 'SIGKILL');
}

async function killStackAndStart(): Promise<void> {
  await stack.killHard();
  await stack.serve();
}

async function expectOneDrillEnded(id: string): Promise<void> {
  const api = stack.api(region);
  const { drill } = await api.ended<{ drill: { drill: string; result: string; reasons: string[] } }>(id);
  expect(drill, drill.reasons.join('; ')).toMatchObject({ result: 'PASS' });
  const { plan } = await api.report(system, drill.drill);
  const [target] = plan.targets.map((one) => one.target.split('/').at(-1) ?? '');
  const effects = await stack.control.effectsOn(target ?? '');
  const ofServer = effects.map(({ kind }) => kind).filter((kind) => /^(restore|server)-/.test(kind));
  expect(ofServer).toEqual(['restore-started', 'restore-finished', 'server-deleted']);
  const outsider = stack.outsider(region);
  expect(await outsider.drillServers()).toEqual([]);
  const documents = [...(await outsider.vaultTexts(system, 'reports')).keys()];
  expect(documents.filter((name) => name.endsWith('/report.json'))).toHaveLength(cycles);
}

/** An estate in which the checks take long enough to be caught at it. */
function estateWithSlowCheck(): EstateFile {
  const estate = narrowedEstate({ [system]: [region] });
  const [database] = estate.systems[0]!.regions[0]!.databases;
  const sql = `SELECT '0' FROM pg_sleep(${checkTakesSeconds})`;
  database!.checks.push({ name: 'a slow one', sql, expect: '0' });
  return estate;
}
