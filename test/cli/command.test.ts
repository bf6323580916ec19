/** The command as a process: what it prints where, what it asks for, and how it exits. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { estateJsonSchema } from '../../src/contracts/estate-schema.ts';
import { databaseSetupSql } from '../../src/contracts/database-setup.ts';
import { renderStatus } from '../../src/cli/status-view.ts';
import { statusResponse } from '../../src/contracts/api.ts';
import {
  cycled,
  doubtful,
  drilled,
  drillId,
  failed,
  passed,
  pointsOf,
  reportOf,
  statusOf,
  untried,
  viewOf,
} from './canned.ts';
import { Workplace, type Ended } from './command.ts';
import { badEstate, goodEstate } from './estates.ts';
import { FakeApp, problem, started, type Route } from './fake-app.ts';
import { expectGolden, expectNarrow } from './golden.ts';

const slot = '20260301T013000Z';
const west = {
  'GET status': {
    json: statusOf('westeurope', [passed('lms', 'westeurope'), failed('cloud-storage', 'westeurope')]),
  },
};
const north = { 'GET status': { json: statusOf('northeurope', [passed('lms', 'northeurope')]) } };

/** A folder with a profile for running apps of these regions. */
interface Estate extends AsyncDisposable {
  readonly place: Workplace;
  readonly apps: readonly FakeApp[];
}

async function estateOf(regions: Readonly<Record<string, Record<string, Route>>>): Promise<Estate> {
  const place = await Workplace.make();
  const apps = await Promise.all(
    Object.entries(regions).map(([region, routes]) => new FakeApp(region, routes).start()),
  );
  await place.profile(...apps);
  const dispose = async (): Promise<void> => {
    await Promise.all([...apps.map((app) => app.stop()), place[Symbol.asyncDispose]()]);
  };
  return { place, apps, [Symbol.asyncDispose]: dispose };
}

/** Refused in the way a person can use: the exit code, the message, the next step, and no stack trace. */
function expectRefused({ code, stdout, stderr }: Ended, exit: number, message: RegExp): void {
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^Next: \S/m);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stdout).toBe('');
  expect(code).toBe(exit);
}

test('status shows every region; its JSON goes to standard output alone', async () => {
  await using estate = await estateOf({ westeurope: west, northeurope: north });
  const shown = await estate.place.run(['status']);
  const statuses = [west, north].map((routes) => routes['GET status'].json);
  expect(shown).toEqual({ code: 0, stdout: renderStatus(statuses, []), stderr: '' });
  const json = await estate.place.run(['status', '--json', '--system', 'lms', '--region', 'northeurope']);
  const { regions, unanswered } = JSON.parse(json.stdout) as { regions: unknown[]; unanswered: unknown[] };
  expect(regions.map((one) => statusResponse.parse(one).region)).toEqual(['northeurope']);
  expect(unanswered).toEqual([]);
  expect(json).toMatchObject({ code: 0, stderr: '' });
});

test('status with --exit-code exits as after a cycle', async () => {
  await using estate = await estateOf({ westeurope: west, northeurope: north });
  expect((await estate.place.run(['status', '--exit-code'])).code).toBe(2);
  expect((await estate.place.run(['status', '--exit-code', '--system', 'lms'])).code).toBe(0);
});

test('a region that gives no answer makes the status partial, all of them make it unavailable', async () => {
  await using estate = await estateOf({ westeurope: west, northeurope: north });
  const [first, second] = estate.apps as [FakeApp, FakeApp];
  await second.stop();
  const partial = await estate.place.run(['status']);
  expect(partial.code).toBe(3);
  expect(partial.stdout).toContain(
    `northeurope: NO ANSWER: ${second.url} cannot be reached: the connection was refused.`,
  );
  expect(partial.stdout).toContain('cloud-storage  westeurope');
  const json = await estate.place.run(['status', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    unanswered: [{ region: 'northeurope', url: second.url, code: 'unavailable' }],
  });
  await first.stop();
  expectRefused(
    await estate.place.run(['status']),
    69,
    /No region gave what was asked for:\n {2}westeurope: .*refused\.\n {2}northeurope: /,
  );
});

test('a key that is not accepted is access denied', async () => {
  await using estate = await estateOf({ westeurope: west });
  const [app] = estate.apps as [FakeApp];
  await estate.place.profile({ region: 'westeurope', url: app.url, key: 'another-key' });
  expectRefused(await estate.place.run(['status']), 77, /does not accept the key/);
});

test('an unknown system and an unknown region are answered with those that exist', async () => {
  await using estate = await estateOf({ westeurope: west, northeurope: north });
  expectRefused(
    await estate.place.run(['status', '--system', 'crm']),
    4,
    /No system "crm" is protected in westeurope, northeurope\.\nNext: Name one of: cloud-storage, lms\./,
  );
  expectRefused(
    await estate.place.run(['status', '--region', 'eastus']),
    64,
    /no deployment for the region eastus\.\nNext: Name one of: westeurope, northeurope\./,
  );
});

test('a region is taken when the system stands in one only, and asked for otherwise', async () => {
  const snapshot = started(`snapshot.cloud-storage.westeurope.${slot}`);
  await using estate = await estateOf({
    westeurope: { ...west, 'POST snapshots': snapshot },
    northeurope: north,
  });
  const taken = await estate.place.run(['snapshot', '--system', 'cloud-storage']);
  expect(taken.code).toBe(0);
  expect(taken.stdout).toContain(`snapshot.cloud-storage.westeurope.${slot}`);
  expect(estate.apps[0]?.asked.at(-1)).toMatchObject({
    method: 'POST',
    path: 'snapshots',
    body: { system: 'cloud-storage' },
  });
  expectRefused(
    await estate.place.run(['snapshot', '--system', 'lms']),
    64,
    /lms stands in several regions:\n {2}--system lms --region westeurope\n {2}--system lms --region northeurope\n/,
  );
  expectRefused(await estate.place.run(['drill']), 64, /Several systems are protected:/);
  expectRefused(await estate.place.run(['points', '--system', 'crm']), 4, /No system "crm"/);
});

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

test('points and reports are shown as text and written as they are', async () => {
  const report = reportOf('lms', 'northeurope');
  await using estate = await estateOf({
    northeurope: {
      ...north,
      'GET points/lms': { json: pointsOf('lms', 'northeurope') },
      [`GET reports/lms/${drillId}`]: { json: report },
      [`GET reports/lms/${drillId}?format=markdown`]: {
        status: 200,
        type: 'text/markdown',
        text: '# PASS\n\nwith *all* of it\n',
      },
    },
  });
  const { place } = estate;
  expect((await place.run(['points', '--system', 'lms'])).stdout).toMatch(
    /^RECOVERY POINT[^]*on-demand-20260301T013000Z[^]*on-demand-20260228T013000Z/,
  );
  expect(JSON.parse((await place.run(['points', '--json'])).stdout)).toEqual(pointsOf('lms', 'northeurope'));
  const text = await place.run(['report', '--system', 'lms']);
  expect(text.stdout).toMatch(/^PASS: restore drill of LMS in northeurope\n/);
  expectNarrow(text.stdout);
  expect((await place.run(['report', '--drill', drillId, '--format', 'markdown'])).stdout).toBe(
    '# PASS\n\nwith *all* of it\n',
  );
  expect(JSON.parse((await place.run(['report', '--json'])).stdout)).toEqual(report);
  expectRefused(
    await place.run(['report', '--drill', 'drill-1']),
    4,
    /There is no reports\/lms\/drill-1 here/,
  );
});

test('the latest report of a system without one is explained', async () => {
  const unreadable = passed('other', 'westeurope', { drillUnreadable: 'report.json is not valid' });
  const { drill: _, ...hidden } = unreadable;
  await using estate = await estateOf({
    westeurope: {
      'GET status': {
        json: statusOf('westeurope', [untried('lms', 'westeurope'), hidden, doubtful('third', 'westeurope')]),
      },
    },
  });
  expectRefused(
    await estate.place.run(['report', '--system', 'lms']),
    4,
    /No drill of lms in westeurope has ended yet\.\nNext: Make one: lifeboat drill --system lms --region westeurope --wait/,
  );
  expectRefused(
    await estate.place.run(['report', '--system', 'other']),
    1,
    /cannot be shown: report\.json is not valid/,
  );
  expectRefused(await estate.place.run(['report', '--system', 'crm']), 4, /No system "crm"/);
});

test('a wrong estate file is told with every problem and its path', async () => {
  await using place = await Workplace.make();
  const file = await place.write('estate.yaml', badEstate);
  const refused = await place.run(['estate', 'check']);
  expectRefused(refused, 64, /estate\.yaml has 4 problems:/);
  for (const path of [
    'criticality',
    'objectives.rpo',
    'regions[0].databases[0].server',
    'regions[0].drill',
  ]) {
    expect(refused.stderr).toContain(`\n  systems[0].${path}: `);
  }
  expectNarrow(refused.stderr.replace(file, 'estate.yaml'));
  const json = await place.run(['estate', 'check', file, '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ file, valid: false, problems: { length: 4 } });
  expect(json.code).toBe(64);
});

test('a good estate file is told with an overview', async () => {
  await using place = await Workplace.make();
  await place.write('here/mine.yaml', goodEstate);
  const { code, stdout, stderr } = await place.run(['estate', 'check'], {
    LIFEBOAT_ESTATE: 'here/mine.yaml',
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await expectGolden('estate.txt', stdout.replace(place.folder, '/folder'));
  expect(JSON.parse((await place.run(['estate', 'check', 'here/mine.yaml', '--json'])).stdout)).toMatchObject(
    { valid: true, problems: [] },
  );
  expectRefused(await place.run(['estate', 'check']), 64, /estate\.yaml does not exist/);
});

test('the schema and the setup SQL are written for other programs', async () => {
  await using place = await Workplace.make();
  expect(JSON.parse((await place.run(['estate', 'schema'])).stdout)).toEqual(
    JSON.parse(JSON.stringify(estateJsonSchema())),
  );
  expect((await place.run(['estate', 'setup-sql', '--role', 'lifeboat-app'])).stdout).toBe(
    databaseSetupSql('lifeboat-app'),
  );
  const json = await place.run(['estate', 'setup-sql', '--role', 'r', '--json']);
  expect(JSON.parse(json.stdout)).toEqual({ role: 'r', sql: databaseSetupSql('r') });
});

test.each<[string, string[], RegExp]>([
  ['an unknown command', ['frobnicate'], /^lifeboat: unknown command 'frobnicate'/],
  [
    'an unknown option',
    ['status', '--sytem', 'lms'],
    /^lifeboat: unknown option '--sytem'\n\(Did you mean --system\?\)/,
  ],
  ['too many arguments', ['status', 'lms'], /^lifeboat: too many arguments for 'status'/],
  [
    'no system id',
    ['drill', '--system', 'LMS!'],
    /'--system <id>' argument 'LMS!' is invalid\. It must be 2 to 40/,
  ],
  ['no point', ['drill', '--point', 'yesterday'], /It must be latest or a recovery point/],
  ['no number of seconds', ['cycle', '--clean-up-delay', '1e9'], /It must be whole seconds, 0 to 86400/],
  ['no form', ['report', '--format', 'pdf'], /Allowed choices are text, markdown, json/],
  ['no role', ['estate', 'setup-sql'], /required option '--role <name>' not specified/],
  ['no id', ['operation'], /missing required argument 'id'/],
  ['no profile', ['status'], /^lifeboat: No profile was found/],
  ['a profile that does not exist', ['status', '--profile', 'no.json'], /no\.json does not exist/],
])('a command line with %s is refused as usage', async (_, args, message) => {
  await using place = await Workplace.make();
  expectRefused(await place.run(args), 64, message);
});

test('help, version and no command at all', async () => {
  await using place = await Workplace.make();
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(await place.run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  const help = await place.run(['--help']);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  for (const word of ['Examples:', 'Exit codes:', '  status', '  cycle', '  estate'])
    expect(help.stdout).toContain(word);
  expectNarrow(help.stdout);
  const bare = await place.run([]);
  expect(bare).toMatchObject({ code: 64, stdout: '' });
  expect(bare.stderr).toContain('Usage: lifeboat');
});

test('colour is for terminals, unless it is forced; NO_COLOR goes before that', async () => {
  await using estate = await estateOf({ westeurope: west });
  expect((await estate.place.run(['status'])).stdout).not.toContain('\u001B');
  expect((await estate.place.run(['status'], { FORCE_COLOR: '1' })).stdout).toContain('\u001B[31m');
  expect((await estate.place.run(['status'], { FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).not.toContain(
    '\u001B',
  );
});

test('a reader that goes away is no error', async () => {
  await using place = await Workplace.make();
  const running = place.start(['estate', 'schema']);
  running.process.stdout?.destroy();
  const { code, stderr } = await running.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
