/** What the command starts, waits for and judges, as a process. */
import { expect, test } from 'vitest';
import { cycled, drilled, viewOf } from './canned-operations.ts';
import { type FakeApp, problem, started, type Route } from './fake-app.ts';
import { expectNarrow } from './golden.ts';
import { estateOf, expectRefused, north, slot, west } from './running-apps.ts';

test.each([
  ['PASS', 0],
  ['FAIL', 2],
  ['INCONCLUSIVE', 1],
] as const)('a drill that is waited for and ends %s exits %i', async (result, exit) => {
  const id = `drill.lms.northeurope.${slot}`;
  const views = [
    viewOf(id, { step: 'restore' }),
    viewOf(id, { state: 'succeeded', result: drilled(result, result === 'PASS' ? [] : ['a reason']) }),
  ];
  let asked = 0;
  const operation: Route = () => ({ json: views[Math.min(asked++, 1)] });
  await using estate = await estateOf({
    northeurope: { ...north, 'POST drills': started(id), [`GET operations/${id}`]: operation },
  });
  const args = [
    'drill',
    '--system',
    'lms',
    '--point',
    `on-demand-${slot}`,
    '--clean-up-delay',
    '60',
    '--wait',
    '--json',
  ];
  const { code, stdout, stderr } = await estate.place.run(args);
  expect(JSON.parse(stdout)).toMatchObject({ operations: [{ id, state: 'succeeded', result: { result } }] });
  expect(stderr).toMatch(/Z {2}lms northeurope {2}restore\n/);
  expect(stderr).toContain(`drill ended ${result} after`);
  expect(code).toBe(exit);
  expect(estate.apps[0]?.asked[0]?.body).toEqual({
    system: 'lms',
    point: `on-demand-${slot}`,
    cleanUpDelaySeconds: 60,
  });
});

test('a drill of a random point and of an instant are asked for as they were typed', async () => {
  const id = `drill.lms.northeurope.${slot}`;
  await using estate = await estateOf({ northeurope: { ...north, 'POST drills': started(id) } });
  const drill = ['drill', '--system', 'lms', '--point'];
  expect((await estate.place.run([...drill, 'random', '--seed', '42'])).code).toBe(0);
  expect((await estate.place.run([...drill, '2026-03-01T01:30:00Z'])).code).toBe(0);
  expect((await estate.place.run([...drill.slice(0, -1), '--scenario', 'operator-error'])).code).toBe(0);
  expect(estate.apps[0]?.asked.flatMap(({ method, body }) => (method === 'POST' ? [body] : []))).toEqual([
    { system: 'lms', point: 'random', seed: 42 },
    { system: 'lms', point: '2026-03-01T01:30:00Z' },
    { system: 'lms', scenario: 'operator-error' },
  ]);
});

test('a scan and a dry run of a prune are started, waited for and judged', async () => {
  const [scan, prune] = [`scan.lms.northeurope.${slot}`, `prune.lms.northeurope.${slot}`];
  const damaged = { outcome: 'damaged', detail: '1 damaged and 0 missing of 1204 blobs', seconds: 3 };
  const held = {
    outcome: 'blocked',
    detail: 'not deleted: the clock is not to be trusted',
    deleted: 0,
    kept: 6,
    blocked: 2,
    seconds: 1,
  };
  await using estate = await estateOf({
    northeurope: {
      ...north,
      'POST scans': started(scan),
      'POST prunes': started(prune),
      [`GET operations/${scan}`]: { json: viewOf(scan, { state: 'succeeded', result: damaged }) },
      [`GET operations/${prune}`]: { json: viewOf(prune, { state: 'succeeded', result: held }) },
    },
  });
  const scanned = await estate.place.run(['scan', '--wait']);
  expect(scanned.stdout).toContain(
    'scan ended damaged after 1 m 04 s: 1 damaged and 0 missing of 1204 blobs',
  );
  expect(scanned.code).toBe(2);
  const pruned = await estate.place.run(['prune', '--dry-run', '--wait']);
  expect(pruned.stdout).toContain('prune ended blocked');
  expect(pruned.code).toBe(3);
  const bodies = estate.apps[0]?.asked.map(({ body }) => body).filter((body) => body !== undefined);
  expect(bodies).toEqual([{ system: 'lms' }, { system: 'lms', dryRun: true }]);
});

test('a cycle of all regions is waited for, and the summary is printed', async () => {
  const ids = { west: `cycle.lms.westeurope.${slot}`, north: `cycle.lms.northeurope.${slot}` };
  const ended = (id: string, result: unknown): Route => ({
    json: viewOf(id, { state: 'succeeded', result }),
  });
  await using estate = await estateOf({
    westeurope: {
      ...west,
      'POST cycles': started(ids.west),
      [`GET operations/${ids.west}`]: ended(ids.west, cycled('PASS')),
    },
    northeurope: {
      ...north,
      'POST cycles': started(ids.north),
      [`GET operations/${ids.north}`]: ended(
        ids.north,
        cycled('PASS', [], { snapshot: { outcome: 'failed', detail: 'ServerBusy', seconds: 2 } }),
      ),
    },
  });
  const { code, stdout } = await estate.place.run(['cycle', '--wait']);
  expect(stdout).toContain('cycle ended INCOMPLETE after 1 m 04 s: snapshot failed: ServerBusy');
  expect(stdout).toMatch(/^lms +northeurope.*\nlms +westeurope/m);
  expect(stdout).not.toContain('cloud-storage');
  expectNarrow(stdout);
  expect(code).toBe(1);
  const one = await estate.place.run([
    'cycle',
    '--wait',
    '--region',
    'westeurope',
    '--system',
    'lms',
    '--clean-up-delay',
    '0',
  ]);
  expect(one.code).toBe(0);
  expect(estate.apps[0]?.asked.findLast(({ method }) => method === 'POST')?.body).toEqual({
    system: 'lms',
    cleanUpDelaySeconds: 0,
  });
});

test('a cycle that one region refuses is partial, and one that nobody takes fails', async () => {
  const refusal = problem(409, 'conflict', 'A cycle of lms is running.', 'Wait for it, or watch it.');
  await using estate = await estateOf({
    westeurope: { ...west, 'POST cycles': started(`cycle.lms.westeurope.${slot}`) },
    northeurope: { ...north, 'POST cycles': refusal },
  });
  const partial = await estate.place.run(['cycle', '--json']);
  expect(JSON.parse(partial.stdout)).toMatchObject({ operations: [{ region: 'westeurope' }] });
  expect(partial.stderr).toContain('lifeboat: northeurope: nothing was started: A cycle of lms is running.');
  expect(partial.code).toBe(3);
  expectRefused(
    await estate.place.run(['cycle', '--region', 'northeurope']),
    5,
    /A cycle of lms is running\.\nNext: Wait for it, or watch it\./,
  );
});

test('a region without a system starts nothing and says so', async () => {
  await using estate = await estateOf({ westeurope: { 'POST cycles': started() } });
  expectRefused(await estate.place.run(['cycle', '--wait']), 4, /Nothing was started/);
});

test('a host that restarts in the middle is waited for', async () => {
  const id = `cycle.lms.northeurope.${slot}`;
  await using estate = await estateOf({
    northeurope: {
      ...north,
      'POST cycles': started(id),
      [`GET operations/${id}`]: { json: viewOf(id, { step: 'snapshot' }) },
    },
  });
  const [app] = estate.apps as [FakeApp];
  const running = estate.place.start(['cycle', '--wait']);
  await expect.poll(running.stderr, { timeout: 30_000 }).toContain('lms northeurope  snapshot');
  await app.stop();
  await expect.poll(running.stderr, { timeout: 30_000 }).toContain('no answer, trying again:');
  app.routes[`GET operations/${id}`] = { json: viewOf(id, { state: 'succeeded', result: cycled('PASS') }) };
  await app.start();
  const { code, stderr } = await running.ended;
  expect(stderr).toContain('cycle ended PASS');
  expect(code).toBe(0);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends the watching with %i and says how to go on', async (signal, exit) => {
  const id = `drill.lms.northeurope.${slot}`;
  await using estate = await estateOf({
    northeurope: { [`GET operations/${id}`]: { json: viewOf(id, { step: 'restore' }) } },
  });
  const running = estate.place.start(['operation', id, '--wait']);
  await expect.poll(running.stderr, { timeout: 30_000 }).toContain('lms northeurope  restore');
  running.process.kill(signal);
  const { code, stdout, stderr } = await running.ended;
  expect(stderr).toContain(
    `What was started goes on; watch it again with:\n  lifeboat operation ${id} --wait\n`,
  );
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stdout).toBe('');
  expect(code).toBe(exit);
});

test('an operation is asked for in its own region, shown, and judged only when it was waited for', async () => {
  const id = `cycle.lms.northeurope.${slot}`;
  await using estate = await estateOf({
    westeurope: west,
    northeurope: {
      [`GET operations/${id}`]: { json: viewOf(id, { state: 'failed', failure: 'the host lost it' }) },
    },
  });
  const shown = await estate.place.run(['operation', id]);
  expect(shown.stdout).toContain('cycle ended failed after 1 m 04 s: the host lost it');
  expect(shown.code).toBe(0);
  expect(estate.apps[0]?.asked).toEqual([]);
  expect((await estate.place.run(['operation', id, '--wait'])).code).toBe(1);
  expect(JSON.parse((await estate.place.run(['operation', id, '--json'])).stdout)).toMatchObject({
    id,
    state: 'failed',
  });
  expectRefused(
    await estate.place.run(['operation', 'nobody/knows this']),
    4,
    /There is no operations\/nobody%2Fknows%20this here\./,
  );
});
