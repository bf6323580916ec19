import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { reportMarkdown } from '../../src/activities/report-markdown.ts';
import type { RecoveryPoint } from '../../src/contracts/documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { operatorSql, scope, sourceServer } from '../support/sample-estate.ts';
import { PlayedDrill } from '../support/played-drill.ts';
import { WorkflowHub } from '../support/workflow-hub.ts';

const days = [1, 2, 3, 4, 5].map((day) => Date.UTC(2026, 2, day, 1, 30));
const slotOf = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
const pointOf = (at: number): string => `on-demand-${slotOf(at)}`;
const slot = '20260305T040000Z';

let hub: WorkflowHub;
/** From which day on the data are poisoned, besides what the drill itself overwrites. */
let poisonedFrom: number;
beforeEach(async () => {
  hub = new WorkflowHub(days[0]);
  poisonedFrom = Number.POSITIVE_INFINITY;
  const { onRestored } = hub.world.servers;
  hub.world.servers.onRestored = (from, to, instant) => {
    onRestored(from, to, instant);
    const address = to.address ?? '';
    if (instant.toMillis() >= poisonedFrom)
      hub.world.databases.at(address, 'shop').answers.set(operatorSql, '17');
  };
  for (const day of days) {
    hub.time.jumpTo(day);
    await hub.world.value('recordHeartbeat', scope);
    await hub.run('snapshot', `snapshot.${slotOf(day)}`, {
      ...{ ...scope, slot: slotOf(day), trigger: 'schedule' },
    });
  }
  hub.time.jumpTo(Date.UTC(2026, 2, 5, 4));
  await hub.world.value('recordHeartbeat', scope);
});
afterEach(() => hub.close());

const { run: drill, report } = new PlayedDrill(() => hub, 'ransomware', slot);
const point = (day: number): RecoveryPoint => hub.world.vault.json(vaultPaths.point(scope, pointOf(day)));
const verdicts = (): string[] => report().scenario?.walk?.map(({ verdict }) => verdict) ?? [];

describe('a drill of ransomware', () => {
  test('finds the newest state poisoned and walks back to the newest point, which is clean', async () => {
    expect(await drill()).toMatchObject({ result: 'PASS', reasons: [], scenario: 'ransomware' });
    const { scenario, plan, recovery, cleanUp, isolation, evidence } = report();
    expect(scenario?.walk).toMatchObject([
      {
        point: 'instant-20260305T040000Z',
        verdict: 'poisoned',
        reason: expect.stringMatching(/^check exercise: 101 rows/) as string,
      },
      { point: pointOf(days[4]!), verdict: 'clean' },
    ]);
    expect(plan).toMatchObject({ point: pointOf(days[4]!), attempt: 2, scenario: 'ransomware' });
    // What is lost by walking back: from the harm to the newest heartbeat of the clean point.
    expect(recovery.rpo.achievedSeconds).toBeCloseTo(
      (Date.parse(recovery.disruptionAt) - days[4]!) / 1000,
      0,
    );
    expect([cleanUp.created.length, new Set(cleanUp.deleted).size, isolation.length]).toEqual([2, 2, 2]);
    expect(evidence.filter(({ what }) => what.startsWith('the plan'))).toHaveLength(2);
    expect(reportMarkdown(report())).toMatch(/\| tried \| instant \| verdict/);
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
    expect(point(days[4]!)).toMatchObject({ proven: { drill: `drill-${slot}` }, pins: [] });
  });

  test('walks as far as it must, and takes the proof from every point that was poisoned', async () => {
    const told = { at: '2026-03-04T00:00:00.000Z', drill: 'drill-20260304T000000Z' };
    for (const day of days.slice(2)) {
      const path = vaultPaths.point(scope, pointOf(day));
      const proven = { ...point(day), proven: told };
      hub.world.vault.remove(path);
      await hub.world.vault.create(path, Buffer.from(JSON.stringify(proven)), 'application/json');
    }
    poisonedFrom = days[2]!;
    const result = await drill();
    expect(verdicts()).toEqual(['poisoned', 'poisoned', 'poisoned', 'poisoned', 'clean']);
    // Three days and more are lost, which the objective of a day does not bear.
    expect(result).toMatchObject({ result: 'FAIL', reasons: ['the RPO objective was missed'] });
    expect(report().scenario?.told.at(-1)).toContain(`${pointOf(days[1]!)} is the last clean one: 4 newer`);
    for (const day of days.slice(2)) {
      expect(point(day)).not.toHaveProperty('proven');
      expect(point(day)).toMatchObject({ lastDrill: { result: 'FAIL' }, pins: [] });
    }
    expect(point(days[1]!)).toHaveProperty('proven');
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
  });

  test('gives up after so many tries, and says that none was clean', async () => {
    poisonedFrom = 0;
    expect(await drill()).toMatchObject({
      result: 'FAIL',
      reasons: [
        expect.stringMatching(/^no clean point was found among 5$/),
        expect.stringMatching(/^check operator/),
        'the RPO objective was missed',
      ],
    });
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
  });

  test('says so where there is no older point to go to', async () => {
    for (const day of days) hub.world.vault.remove(vaultPaths.point(scope, pointOf(day)));
    const { result, reasons } = await drill();
    expect(result).toBe('FAIL');
    expect(reasons[0]).toMatch(
      /^no clean point was found among 1: .*has no usable recovery point that is older/,
    );
  });

  test('fails where nobody notices that the newest state is poisoned', async () => {
    const { onRestored } = hub.world.servers;
    hub.world.servers.onRestored = (from, to, instant) => {
      onRestored(from, to, instant);
      const { exercise } = hub.world.databases.at(to.address ?? '', 'shop');
      const whole = exercise.filter(({ content }) => content?.startsWith('harmed') !== true);
      exercise.splice(0, exercise.length, ...whole);
    };
    const { result, reasons } = await drill();
    expect(result).toBe('FAIL');
    expect(reasons[0]).toMatch(/holds what was overwritten, and every check passed on it/);
  });

  test('goes past what cannot be restored, and is not passed by it', async () => {
    const beginRestore = hub.world.servers.beginRestore.bind(hub.world.servers);
    let restores = 0;
    hub.world.servers.beginRestore = (request) => {
      if ((restores += 1) === 2) hub.world.servers.failNext('restore', 'WalMissing', 'a segment is missing');
      return beginRestore(request);
    };
    expect((await drill()).result).toBe('FAIL');
    expect(verdicts()).toEqual(['poisoned', 'not-restored', 'clean']);
    expect(point(days[4]!)).toMatchObject({ lastDrill: { result: 'FAIL' } });
  });

  test('keeps its histories short, however far it walks', async () => {
    poisonedFrom = 0;
    await drill();
    for (const { name, history } of hub.histories())
      expect([name, history.length < 200]).toEqual([name, true]);
  });

  test('overwrites once, whatever is lost on the way', async () => {
    hub.world.databases.faults.on('WITH harmed AS', 'after');
    expect((await drill()).result).toBe('PASS');
    expect(hub.world.source.exercise.filter(({ item }) => item === 0)).toHaveLength(1);
  });
});
