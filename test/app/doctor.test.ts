/** The doctor's checks over a whole world, and what keeps one that hangs or throws from mattering to the others. */
import { beforeEach, describe, expect, test } from 'vitest';
import { runChecks, type Check } from '../../src/app/doctor/run.ts';
import { viewDoctor } from '../../src/app/doctor/view.ts';
import { audit } from '../../src/activities/records.ts';
import { checkpointAudit } from '../../src/activities/audit-checkpoints.ts';
import { beat } from '../../src/activities/heartbeat.ts';
import { freshnessOf } from '../../src/app/freshness.ts';
import { doctorResponse, type DoctorResponse } from '../../src/contracts/doctor.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { well } from '../../src/policy/doctor/verdict.ts';
import type { TaskHubBacklog } from '../../src/ports/task-hub.ts';
import { allowTables } from '../support/restore-steps.ts';
import { drillGroup, region, scope, serverId, sourceServer } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const settings = {
  vaultUrl: 'https://vault.example/vault',
  checkpointsUrl: 'https://apart.example/checkpoints',
};
const bounds = { concurrency: 2, secondsEach: 0.05, secondsAll: 5 };
const named = (id: string, look: Check['look']): Check => ({ id, look });
const hangs = named('hangs', () => new Promise<never>(() => undefined));
const fine = named('fine', async () => [well('fine')]);

describe('checks', () => {
  test('keep their order, and one that hangs is a failed line that keeps no other back', async () => {
    const lines = await runChecks([hangs, fine, hangs, fine], bounds);
    expect(lines.map(({ id, state }) => `${id} ${state}`)).toEqual([
      ...['hangs failed', 'fine ok', 'hangs failed', 'fine ok'],
    ]);
    expect(lines[0]?.detail).toMatch(/^no answer within/);
  });

  test('run a few at a time', async () => {
    let running = 0;
    let most = 0;
    const counted = named('counted', async () => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return [well('')];
    });
    await runChecks(
      Array.from({ length: 9 }, () => counted),
      { ...bounds, secondsEach: 5 },
    );
    expect(most).toBe(2);
  });

  test('that were not looked at before the end of all are told so', async () => {
    const lines = await runChecks([hangs, hangs, fine], { ...bounds, secondsEach: 5, secondsAll: 0.05 });
    expect(lines.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/^no answer/),
      expect.stringMatching(/^no answer/),
      expect.stringMatching(/^it was not looked at/),
    ]);
  });
});

describe('the doctor of a region', () => {
  let clock: VirtualWallClock;
  let world: World;
  let hub: TaskHubBacklog;

  beforeEach(async () => {
    clock = new VirtualWallClock('2026-03-01T12:00:00.000Z');
    world = makeWorld(clock);
    hub = { waiting: async () => [], suspended: async () => [] };
    await freshnessOf(world.deps, world.deps.estate.systems[0]!);
    await beat(world.deps, scope);
    world.servers.putParameter(sourceServer, 'azure.extensions', 'amcheck,pg_prewarm');
    world.servers.putBackup(sourceServer, { name: 'a', kind: 'automatic', completedAt: clock.now() });
    world.vault.remove(vaultPaths.alert(scope, 'heartbeat-silent'));
    await enter();
    await checkpointAudit(world.deps, scope);
  });

  const enter = (): Promise<unknown> =>
    audit(world.deps, scope, { action: 'prune', target: 'p', stage: 'intent' });

  const look = (): Promise<DoctorResponse> =>
    viewDoctor({ deps: world.deps, systems: ['shop'], settings }, hub);
  const wrong = async (): Promise<string[]> =>
    (await look()).lines.filter(({ state }) => state !== 'ok').map(({ id, state }) => `${id} ${state}`);
  /** Of a system that is new: nothing was taken and proven yet. */
  const young = ['schedule snapshot warning', 'schedule drill warning', 'exposure failed'];

  test('answers in the contract, and finds nothing wrong with a new system but that it is new', async () => {
    const response = await look();
    expect(doctorResponse.parse(response)).toEqual(response);
    expect(response).toMatchObject({ region, softwareVersion: '0.1.0' });
    expect(response.lines.filter(({ system }) => system === undefined).map(({ id }) => id)).toEqual([
      ...['vault read', 'vault write', 'clocks', 'signing', 'task hub', 'drill group'],
      ...['checkpoints place', 'checkpoints write'],
    ]);
    expect(await wrong()).toEqual(young);
  });

  test('writes nothing', async () => {
    const all = (): unknown[] =>
      [world.vault, world.checkpoints].map((one) => one.paths('').map((path) => [path, one.text(path)]));
    const before = all();
    await look();
    expect(all()).toEqual(before);
    expect(world.servers.effects.filter((one) => !one.startsWith('parameter'))).toEqual([]);
  });

  test.each<[string, () => void, string[]]>([
    [
      'a vault that lets no write in',
      () => world.vault.faults.on('replace', 'before'),
      ['vault write failed'],
    ],
    [
      'a vault that keeps no condition',
      () => void (world.vault.replace = async () => true),
      ['vault write failed'],
    ],
    ['a key vault that is silent', () => world.signer.faults.on('sign', 'before'), ['signing failed']],
    [
      'a key vault that signs something else',
      () => void (world.signer.sign = async () => Buffer.alloc(96, 1)),
      ['signing failed'],
    ],
    [
      'a hub that does not answer',
      () => void (hub.waiting = () => Promise.reject(new Error('x'))),
      ['task hub failed'],
    ],
    [
      'a container of checkpoints that lets nobody look',
      () => world.checkpoints.faults.on('listSegments', 'before', { times: 2 }),
      ['checkpoints write failed', 'checkpoint failed'],
    ],
    [
      'one that lets nobody append',
      () => world.checkpoints.faults.on('append', 'before'),
      ['checkpoints write failed'],
    ],
    [
      'one that keeps no position',
      () => void (world.checkpoints.appendAt = async () => true),
      ['checkpoints write failed'],
    ],
    [
      'one that is empty while entries stand in the log for long',
      () => {
        for (const path of world.checkpoints.paths('')) world.checkpoints.remove(path);
        clock.advance(1_801);
      },
      ['checkpoints write warning', 'heartbeat main failed', 'checkpoint failed'],
    ],
    [
      'a checkpoint by nobody who is known',
      () => {
        const [path = ''] = world.checkpoints.paths('');
        world.checkpoints.put(path, world.checkpoints.text(path).replace(/.{9}\n$/, 'AAAAAAAAA\n'));
      },
      ['checkpoint failed'],
    ],
    [
      'a stranger in the group',
      () => world.servers.put({ id: serverId(drillGroup, 'pg-somebody') }),
      ['drill group warning'],
    ],
    [
      'a stopped server',
      () => world.servers.put({ id: sourceServer, state: 'Stopped' }),
      ['server main failed'],
    ],
    [
      'an incomplete setup',
      () => void world.source.unprepared.add('extension amcheck'),
      ['database main failed'],
    ],
    [
      'tables that may be restored, and no right to make their schema',
      () => {
        allowTables(world);
        world.source.side.mayCreate = false;
      },
      ['database main failed'],
    ],
    [
      'a database that lets nobody in',
      () => world.databases.faults.on('session', 'before', { times: 2 }),
      ['database main failed', 'heartbeat main failed'],
    ],
    ['a heart that stopped', () => clock.advance(1_000), ['heartbeat main failed']],
    [
      'an account that keeps nothing',
      () => void (world.servers.keeping = { softDelete: false, versions: false }),
      ['keeping files warning'],
    ],
    [
      'an account that does not answer',
      () => world.servers.faults.on('storageKeeping', 'before'),
      ['keeping files failed'],
    ],
    [
      'an open alert',
      () =>
        world.vault.put(
          vaultPaths.alert(scope, 'drill-failed'),
          JSON.stringify({
            ...{ schema: 'lifeboat/alert/v1', key: 'drill-failed', ...scope, severity: 'critical' },
            ...{ title: 'It failed', detail: 'why', runbook: 'runbooks/drill-failed.md', count: 1 },
            ...{ firstAt: '2026-03-01T11:00:00.000Z', lastAt: '2026-03-01T11:00:00.000Z' },
          }),
        ),
      ['alert drill-failed failed'],
    ],
  ])('finds %s', async (_what, harm, expected) => {
    harm();
    expect((await wrong()).filter((one) => !young.includes(one))).toEqual(expected);
  });

  test('tells how old an entry without a checkpoint is, and where checkpoints lie', async () => {
    const told = async (id: string): Promise<string | undefined> =>
      (await look()).lines.find((one) => one.id === id)?.detail;
    expect(await told('checkpoint')).toBe('the newest stands for entry 1, the last one');
    clock.advance(86_400);
    await enter();
    clock.advance(600);
    expect(await told('checkpoint')).toBe(
      'the newest stands for entry 1, and an entry behind it is 10 min old',
    );
    expect(await told('checkpoints place')).toBe('in https://apart.example, apart from the vault');
  });
});
