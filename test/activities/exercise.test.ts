/** An exercise in a real database: what is written, what is harmed, and what stands there between. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ExerciseDocument } from '../../src/contracts/exercise.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { systemClock } from '../../src/azure/clock.ts';
import { canonicalJson, digestOf } from '../../src/policy/canonical-json.ts';
import { examplePlan } from '../support/documents.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { makeWorld, type World } from '../support/world.ts';

const slot = '20260301T040000Z';
const drill = `drill-${slot}`;
let server: TestPostgres;
let world: World;

beforeAll(async () => {
  server = await startPostgres();
  await server.create('shop', 'CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)');
});
afterAll(() => server.stop());
beforeEach(async () => {
  world = makeWorld(systemClock, { databases: server.databases });
  world.servers.put({ id: sourceServer, address: server.address });
  await query('TRUNCATE lifeboat.exercise');
});

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = await server.connect('shop');
  return (await client.query<Record<string, unknown>>(sql)).rows;
}
const rows = async (): Promise<number> =>
  Number((await query('SELECT count(*) AS n FROM lifeboat.exercise WHERE item > 0'))[0]!['n']);
const write = (): Promise<unknown> => world.value('writeExercise', { ...scope, slot });
const strike = (): Promise<{ struckAt: string }> =>
  world.value('strikeExercise', { ...scope, slot, harm: 'deleted' });
const played = (): ExerciseDocument['databases'][number] =>
  world.vault.json<ExerciseDocument>(vaultPaths.exercise(scope, drill)).databases[0]!;

describe('rows of a server that is dropped next', () => {
  test('are there with a heartbeat, all of them before the instant that it is revived to', async () => {
    await query('TRUNCATE lifeboat.heartbeat');
    const plan = {
      ...examplePlan,
      drill,
      targets: [{ ...examplePlan.targets[0]!, target: sourceServer, name: 'shop' }],
    };
    const path = vaultPaths.plan(scope, digestOf(plan));
    await world.vault.create(path, Buffer.from(canonicalJson(plan)), 'application/json');
    const order = { ...scope, plan: digestOf(plan) };
    const first = await world.value<{ exercise: string }>('writeLastRows', order);
    expect(await rows()).toBe(101);
    const { harm, databases } = world.vault.json<ExerciseDocument>(vaultPaths.exercise(scope, drill));
    const [one] = databases;
    expect([harm, one!.before, one!.struckAt]).toEqual(['dropped', one!.after, one!.after]);
    const late = await query(`SELECT 1 FROM lifeboat.exercise WHERE written_at >= '${one!.after}'
      UNION ALL SELECT 1 FROM lifeboat.heartbeat WHERE written_at >= '${one!.after}'`);
    expect(late).toEqual([]);
    expect(await query('SELECT 1 FROM lifeboat.heartbeat')).toHaveLength(1);
    expect(Date.parse(one!.after)).toBeLessThanOrEqual(Date.now() + 1);
    expect(await world.value('writeLastRows', order)).toEqual(first);
    expect(await rows()).toBe(101);
  });
});

describe('an exercise', () => {
  test('writes rows and deletes them, and knows when the last was written and when they went', async () => {
    const begun = Date.now();
    await write();
    await write();
    expect(await rows()).toBe(100);
    const { struckAt } = await strike();
    expect(await rows()).toBe(0);
    const one = played();
    expect(one).toMatchObject({ database: 'main', rows: 101, struckAt });
    const at = (text: string): number => Date.parse(text);
    expect(at(one.lastWrittenAt)).toBeGreaterThanOrEqual(begun);
    expect(at(one.before)).toBeGreaterThan(at(one.lastWrittenAt));
    expect(at(one.struckAt) - at(one.before)).toBe(1);
    expect(at(one.after)).toBeGreaterThan(at(one.struckAt));
    expect(at(one.after)).toBeLessThanOrEqual(Date.now() + 1);
  });

  test('strikes once: what comes second finds the mark, whatever of the first was lost', async () => {
    await write();
    const first = await strike();
    const document = played();
    world.vault.remove(vaultPaths.exercise(scope, drill));
    await write();
    expect(await strike()).toEqual({ ...first, exercise: expect.any(String) as string });
    expect(played()).toMatchObject({ struckAt: document.struckAt, lastWrittenAt: document.lastWrittenAt });
    expect(await rows()).toBe(0);
  });

  test('is not written again once it was struck: a start that was held up finds the mark', async () => {
    await write();
    await strike();
    await write();
    expect(await rows()).toBe(0);
  });

  test('strikes once, also when two begin at once', async () => {
    await write();
    const [one, other] = await Promise.all([strike(), strike()]);
    expect(one).toEqual(other);
    expect(await query('SELECT item FROM lifeboat.exercise WHERE item = 0')).toHaveLength(1);
  });

  test('takes the rows of exercises away that are a day old, and no others', async () => {
    const old = isoOf(world.clock.now().minus({ hours: 25 }));
    const young = isoOf(world.clock.now().minus({ hours: 23 }));
    await query(`INSERT INTO lifeboat.exercise VALUES ('drill-old', 1, 'x', 'x', '${old}'),
      ('drill-young', 1, 'x', 'x', '${young}')`);
    await write();
    const runs = await query('SELECT DISTINCT run FROM lifeboat.exercise ORDER BY run');
    expect(runs.map(({ run }) => run)).toEqual([drill, 'drill-young']);
    expect(await query('SELECT id FROM kept')).toEqual([{ id: 1 }]);
  });
});
