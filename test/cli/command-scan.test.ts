/** `lifeboat scan`: what may be asked of a scan, and what it found, page after page. */
import { expect, test } from 'vitest';
import { scanFindingsResponse, type ScanFindingsResponse } from '../../src/contracts/api/scans.ts';
import { noCounts } from '../../src/contracts/scan-documents.ts';
import { viewOf } from './canned-operations.ts';
import { problem, started, type Reply, type Route } from './fake-app.ts';
import { expectNarrow } from './golden.ts';
import { estateOf, expectRefused, north, slot, type Estate } from './running-apps.ts';

const scan = `scan-${slot}`;
const operation = `scan.lms.northeurope.${slot}`;
const narrow = ['--system', 'lms', '--region', 'northeurope'];
const findingsPath = (from: number, named = 'latest'): string =>
  `scans/lms/${named}/findings${from === 0 ? '' : `?continuation=at-${from}`}`;

const withApp = (routes: Record<string, Route> = {}): Promise<Estate> =>
  estateOf({ northeurope: { ...north, ...routes } });
const asked = (estate: Estate): string[] =>
  estate.apps[0]!.asked.map(({ method, path }) => `${method} ${path}`);
const bodies = (estate: Estate): unknown[] =>
  estate.apps[0]!.asked.filter(({ method }) => method === 'POST').map(({ body }) => body);

const about = (outcome: 'clean' | 'damaged' | 'failed'): ScanFindingsResponse['scan'] => ({
  schema: 'lifeboat/scan/v2',
  ...{ id: scan, system: 'lms', region: 'northeurope', mode: 'cycle' as const },
  ...{ startedAt: '2026-03-01T01:30:00.000Z', endedAt: '2026-03-01T01:31:00.000Z', points: [] },
  ...{ outcome, detail: '1500 damaged and 0 missing of 20000 blobs', counts: noCounts },
  stores: [
    {
      store: 'documents',
      counts: { ...noCounts, blobs: 20_000 },
      shards: 4,
      coverage: 0.5,
      debtSeconds: 7_200,
    },
  ],
  ...{ isWhole: true, incomplete: [] },
});

/** A page of findings as the app gives it; every tenth one is missing. */
function page(
  from: number,
  count: number,
  next?: number,
  outcome: 'clean' | 'damaged' | 'failed' = 'damaged',
): Reply {
  const findings = Array.from({ length: count }, (_, index) => ({
    store: 'documents',
    verdict: (from + index) % 10 === 0 ? ('missing' as const) : ('digest-mismatch' as const),
    name: `blob ${from + index}`,
    detail: 'as it was found',
  }));
  const json = {
    scan: about(outcome),
    findings,
    ...(next === undefined ? {} : { continuation: `at-${next}` }),
  };
  return { json: scanFindingsResponse.parse(json) };
}

test.each<[string[], object]>([
  [[], {}],
  [['--full'], { mode: 'full' }],
  [['--new'], { mode: 'new' }],
  [['--known-bad'], { mode: 'known-bad' }],
  [['--full', '--shard', '3/8', '--store', 'documents'], { mode: 'full', part: '3/8', store: 'documents' }],
])('scan run %j asks the app for just that', async (given, order) => {
  await using estate = await withApp({ 'POST scans': started(operation) });
  const { code, stdout } = await estate.place.runHere(['scan', 'run', ...narrow, ...given]);
  expect(stdout).toContain(operation);
  expect(code).toBe(0);
  expect(bodies(estate)).toEqual([{ system: 'lms', ...order }]);
});

const modes = /--full, --new and --known-bad say different things\nNext: Name one of them, or none/;
const part = (text: string): RegExp =>
  new RegExp(`option '--shard <n/m>' argument '${text}' is invalid\\. It must be n/m`);
const named = /argument '.*' is invalid\. It must be latest or a scan such as scan-20260301T013000Z\./;

test.each<[string, string[], RegExp]>([
  ['two modes', ['run', '--full', '--new'], modes],
  ['two other modes', ['run', '--known-bad', '--full'], modes],
  ['all three modes', ['--new', '--known-bad', '--full'], modes],
  ['a shard that is no fraction', ['run', '--shard', 'half'], part('half')],
  ['a shard beyond the last', ['run', '--shard', '5/4'], part('5/4')],
  ['shard 0', ['run', '--shard', '0/4'], part('0/4')],
  ['a shard of none', ['run', '--shard', '1/0'], part('1/0')],
  [
    'a store that is no id',
    ['run', '--store', '../x'],
    /'--store <id>' argument '\.\.\/x' is invalid\. It must be 2 to 40/,
  ],
  ['no store', ['run', '--store'], /option '--store <id>' argument missing/],
  ['findings of what is no scan', ['findings', '--scan', 'last'], named],
  ['findings of a path', ['findings', '--scan', '../points'], named],
  [
    'findings of an unknown verdict',
    ['findings', '--verdict', 'broken'],
    /argument 'broken' is invalid\. Allowed choices are ok, digest-mismatch, .*missing/,
  ],
  ['a place in the findings', ['findings', '--from', '10'], /unknown option '--from'/],
])('scan with %s is refused before the app is asked', async (_, args, message) => {
  await using estate = await withApp();
  expectRefused(await estate.place.runHere(['scan', ...args]), 64, message);
  expect(asked(estate)).toEqual([]);
});

test('a store that the estate does not have is refused in the words of the app', async () => {
  const detail = 'the estate has no blob store "images" in northeurope';
  const refusal = problem(404, 'not-found', detail, 'Use one of: documents.');
  await using estate = await withApp({ 'POST scans': refusal });
  expectRefused(
    await estate.place.runHere(['scan', 'run', ...narrow, '--store', 'images', '--wait']),
    4,
    new RegExp(`^lifeboat: ${detail}\nNext: Use one of: documents\\.`),
  );
});

test('a scan that could not begin says why', async () => {
  const detail = 'the estate has no blob store "images" in northeurope';
  const result = { outcome: 'failed', detail, seconds: 1 };
  await using estate = await withApp({
    'POST scans': started(operation),
    [`GET operations/${operation}`]: { json: viewOf(operation, { state: 'succeeded', result }) },
  });
  const { code, stdout } = await estate.place.runHere([
    'scan',
    'run',
    ...narrow,
    '--store',
    'images',
    '--wait',
  ]);
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain(`scan ended failed after 1 m 04 s: ${detail}`);
  expect(code).toBe(1);
});

test('findings are asked for page after page, to the last one', async () => {
  await using estate = await withApp({
    [`GET ${findingsPath(0)}`]: page(0, 1_000, 1_000),
    [`GET ${findingsPath(1_000)}`]: page(1_000, 500),
  });
  const json = await estate.place.runHere(['scan', 'findings', ...narrow, '--json']);
  const shown = JSON.parse(json.stdout) as ScanFindingsResponse;
  expect(shown.scan).toEqual(about('damaged'));
  expect(shown.findings.map(({ name }) => name)).toEqual(
    Array.from({ length: 1_500 }, (_, at) => `blob ${at}`),
  );
  expect(json).toMatchObject({ code: 2, stderr: '' });
  expect(asked(estate)).toEqual([`GET ${findingsPath(0)}`, `GET ${findingsPath(1_000)}`]);
});

test('findings of one verdict are picked from every page, and shown with what the scan covers', async () => {
  await using estate = await withApp({
    [`GET ${findingsPath(0, scan)}`]: page(0, 20, 20),
    [`GET ${findingsPath(20, scan)}`]: page(20, 5),
  });
  const given = ['scan', 'findings', ...narrow, '--scan', scan, '--verdict', 'missing'];
  const { code, stdout } = await estate.place.runHere(given);
  expect(stdout).toContain(`${scan}: damaged: 1500 damaged and 0 missing of 20000 blobs\n`);
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain('50.0 % verified within the cycle, scrub debt 2 h');
  expect(stdout.match(/^missing: .*/gm)).toEqual([0, 10, 20].map((at) => `missing: documents blob ${at}`));
  expect(stdout).not.toContain('digest-mismatch');
  expectNarrow(stdout);
  expect(code).toBe(2); // The scan found damage, whatever is shown of it.
});

test.each([
  ['clean', 0],
  ['damaged', 2],
  ['failed', 1],
] as const)('findings of a scan that ended %s exit %i', async (outcome, exit) => {
  await using estate = await withApp({ [`GET ${findingsPath(0)}`]: page(0, 0, undefined, outcome) });
  const { code, stdout } = await estate.place.runHere(['scan', 'findings', ...narrow]);
  expect(stdout).toContain('no findings');
  expect(code).toBe(exit);
});

test('findings that end in the middle show nothing rather than a part', async () => {
  const gone = problem(503, 'unavailable', 'the vault does not answer', 'Try again.');
  await using estate = await withApp({
    [`GET ${findingsPath(0)}`]: page(0, 1_000, 1_000),
    [`GET ${findingsPath(1_000)}`]: gone,
  });
  expectRefused(
    await estate.place.runHere(['scan', 'findings', ...narrow]),
    69,
    /the vault does not answer\nNext: /,
  );
});

test('findings of a scan that is not there are not found', async () => {
  const detail = `there is no scan "${scan}" of lms in northeurope`;
  const hint = 'Name one as scan-yyyymmddThhmmssZ, or "latest"; run one with: lifeboat scan run';
  await using estate = await withApp({
    [`GET ${findingsPath(0, scan)}`]: problem(404, 'not-found', detail, hint),
  });
  expectRefused(
    await estate.place.runHere(['scan', 'findings', ...narrow, '--scan', scan]),
    4,
    /there is no scan .*\nNext: Name one as scan-yyyymmdd/,
  );
});
