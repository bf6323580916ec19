/** `lifeboat repair`: what may be asked of a repair, and the document by which a person decides on its plan. */
import { DateTime } from 'luxon';
import { expect, test } from 'vitest';
import { approvalDocument } from '../../src/contracts/documents.ts';
import { instantOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { canonicalJson } from '../../src/policy/canonical-json.ts';
import { judgeApproval } from '../../src/policy/repair.ts';
import { viewOf } from './canned-operations.ts';
import { Workplace } from './command.ts';
import { problem, started, type Route } from './fake-app.ts';
import { estateOf, expectRefused, north, slot, type Estate } from './running-apps.ts';

const operation = `repair.lms.northeurope.${slot}`;
const plan = `sha256-${'ab'.repeat(32)}`;
const scope = { system: 'lms', region: 'northeurope' };
const narrow = ['--system', 'lms', '--region', 'northeurope'];

const withApp = (routes: Record<string, Route> = {}): Promise<Estate> =>
  estateOf({ northeurope: { ...north, ...routes } });

test.each<[string[], object]>([
  [['run'], {}],
  [[], {}],
  [['run', '--dry-run'], { dryRun: true }],
  [['run', '--scan', `scan-${slot}`], { scan: `scan-${slot}` }],
  [
    ['run', '--point', `on-demand-${slot}`, '--store', 'documents'],
    { point: `on-demand-${slot}`, store: 'documents' },
  ],
])('repair %j asks the app for just that', async (given, order) => {
  await using estate = await withApp({ 'POST repairs': started(operation) });
  const { code, stdout } = await estate.place.runHere(['repair', ...given, ...narrow]);
  expect(stdout).toContain(operation);
  expect(code).toBe(0);
  expect(estate.apps[0]!.asked.map(({ body }) => body)).toEqual([{ system: 'lms', ...order }]);
});

test.each([
  ['done', '3 of 3 damaged blob(s) repaired', 0],
  ['incomplete', '2 of 3 damaged blob(s) repaired', 2],
  ['not-approved', '0 of 3 damaged blob(s) repaired; Head of Shop rejected it', 3],
  ['failed', 'the vault does not answer', 1],
] as const)(
  'a repair that is waited for and ends %s says so and names its plan',
  async (outcome, detail, exit) => {
    const result = { outcome, detail, repaired: 0, left: 0, plan, seconds: 1 };
    await using estate = await withApp({
      'POST repairs': started(operation),
      [`GET operations/${operation}`]: { json: viewOf(operation, { state: 'succeeded', result }) },
    });
    const { code, stdout } = await estate.place.runHere(['repair', 'run', ...narrow, '--wait']);
    const words = stdout.replaceAll(/\s+/g, ' ');
    expect(words).toContain(`repair ended ${outcome} after 1 m 04 s: ${detail}`);
    expect(words).toContain(`plan ${plan}`);
    expect(code).toBe(exit);
  },
);

test.each<[string[], object, string]>([
  [['--to', `on-demand-${slot}`], { point: `on-demand-${slot}` }, ` --point on-demand-${slot}`],
  [['--to', 'latest', '--store', 'documents'], { store: 'documents' }, ' --store documents'],
])(
  'a restore of blobs alone (%j) is planned as a repair that changes nothing',
  async (given, order, again) => {
    const result = {
      outcome: 'dry-run',
      detail: '3 would be repaired',
      repaired: 0,
      left: 3,
      plan,
      seconds: 1,
    };
    await using estate = await withApp({
      'POST repairs': started(operation),
      [`GET operations/${operation}`]: { json: viewOf(operation, { state: 'succeeded', result }) },
    });
    const { code, stdout, stderr } = await estate.place.runHere([
      'restore',
      'plan',
      '--blobs',
      ...given,
      ...narrow,
    ]);
    expect(stdout).toContain('3 would be repaired');
    expect(stderr).toContain(`lifeboat repair run ${narrow.join(' ')}${again}\n`);
    expect(code).toBe(0);
    expect(estate.apps[0]!.asked[0]).toMatchObject({ body: { system: 'lms', dryRun: true, ...order } });
  },
);

test.each([
  [['--blobs', '--to', 'archived'], /no recovery point says which blobs belonged to archived/, 64],
  [['--blobs', '--to', '2026-03-01T01:30:00.000Z'], /Name a recovery point/, 64],
  [['--blobs', '--to', 'latest', '--name', 'shop-new'], /cannot be used with option '--name/, 64],
  [['--to', 'latest', '--name', 'shop-new', '--store', 'documents'], /--store is for blobs alone/, 64],
  [['--to', 'latest'], /none of --name, --tables and --blobs is given/, 64],
] as const)('a restore plan %j is refused before the app is asked', async (given, message, exit) => {
  await using estate = await withApp();
  expectRefused(await estate.place.runHere(['restore', 'plan', ...given, ...narrow]), exit, message);
  expect(estate.apps[0]!.asked).toEqual([]);
});

test('a repair that the app refuses is told in its words', async () => {
  const refusal = problem(409, 'conflict', `${operation} is still at work`, 'Follow it.');
  await using estate = await withApp({ 'POST repairs': refusal });
  expectRefused(
    await estate.place.runHere(['repair', 'run', ...narrow, '--wait']),
    5,
    /is still at work\nNext: Follow it\./,
  );
});

test.each<[string, string[], RegExp]>([
  [
    'of what is no scan',
    ['--scan', 'newest'],
    /'--scan <id>' argument 'newest' is invalid\. It must be a scan such as/,
  ],
  [
    'of the latest scan by that word',
    ['--scan', 'latest'],
    /argument 'latest' is invalid\. It must be a scan such as/,
  ],
  [
    'of a path',
    ['--scan', `../scan-${slot}`],
    /is invalid\. It must be a scan such as scan-20260301T013000Z\./,
  ],
  [
    'with a profile that does not exist',
    ['--profile', 'no.json'],
    /no\.json does not exist\.\nNext: Correct the path/,
  ],
  [
    'with a profile that is no JSON',
    ['--profile', 'broken.json'],
    /broken\.json is wrong:\n.* in JSON at position 2 .*\nNext: Correct the file/,
  ],
  [
    'in a region of no deployment',
    ['--region', 'eastus'],
    /no deployment for the region eastus\.\nNext: Name one of: northeurope\./,
  ],
])('a repair %s is refused before the app is asked', async (_, args, message) => {
  await using estate = await withApp();
  await estate.place.write('broken.json', '{ cut');
  expectRefused(await estate.place.runHere(['repair', 'run', ...args]), 64, message);
  expect(estate.apps[0]!.asked).toEqual([]);
});

const decision = (...more: string[]): string[] => [
  ...[
    'repair',
    'decision',
    ...narrow,
    '--plan',
    plan,
    '--by',
    'Head of Shop',
    '--reason',
    'seen with the dentist',
  ],
  ...more,
];

test.each([
  [[], 'approved', 24],
  [['--hours', '1.5'], 'approved', 1.5],
  [['--reject'], 'rejected', 24],
] as const)(
  'repair decision %j is a document that counts, and says where it belongs',
  async (more, state, hours) => {
    await using place = await Workplace.make(); // No profile: it asks nobody.
    const before = DateTime.utc();
    const { code, stdout, stderr } = await place.runHere(decision(...more));
    const document = approvalDocument.parse(JSON.parse(stdout));
    expect(stdout).toBe(`${canonicalJson(document)}\n`);
    expect(document).toMatchObject({
      ...scope,
      digest: plan,
      by: 'Head of Shop',
      reason: 'seen with the dentist',
    });
    const approval = { ...document, at: instantOf(document.at), expiresAt: instantOf(document.expiresAt) };
    expect(approval.expiresAt.diff(approval.at).as('hours')).toBe(hours);
    expect(judgeApproval(plan, approval, ['lifeboat'], before).state).toBe(state);
    expect(stderr).toBe(`Put it into the vault as ${vaultPaths.approval(scope, plan)}\n`);
    expect(code).toBe(0);
  },
);

/** The decision without one of its options. */
function without(option: string): string[] {
  const all = decision();
  const at = all.indexOf(option);
  return [...all.slice(0, at), ...all.slice(at + 2)];
}
/** The decision with another value of one of its options. */
function withOther(option: string, value: string): string[] {
  const all = decision();
  const at = all.indexOf(option);
  return all.map((text, index) => (index === at + 1 ? value : text));
}
const digest = /'--plan <digest>' argument '.*' is invalid\. It must be sha256- and 64 hexadecimal digits/;
const hours =
  /'--hours <n>' argument '.*' is invalid\. It must be whole or part hours, above 0 and up to 168\./;

test.each<[string, string[], RegExp]>([
  ['no system', without('--system'), /required option '--system <id>' not specified/],
  ['no region', without('--region'), /required option '--region <name>' not specified/],
  ['no plan', without('--plan'), /required option '--plan <digest>' not specified/],
  ['nobody who decides', without('--by'), /required option '--by <who>' not specified/],
  ['no reason', without('--reason'), /required option '--reason <text>' not specified/],
  [
    'a system that is no id',
    withOther('--system', 'LMS!'),
    /'--system <id>' argument 'LMS!' is invalid\. It must be 2 to 40/,
  ],
  [
    'a region that is none',
    withOther('--region', 'West Europe'),
    /'--region <name>' argument 'West Europe' is invalid/,
  ],
  ['the name of a plan instead of its digest', withOther('--plan', `repair-${slot}`), digest],
  ['a digest of another algorithm', withOther('--plan', `sha512-${'ab'.repeat(64)}`), digest],
  ['a digest that is cut off', withOther('--plan', plan.slice(0, -1)), digest],
  ['an empty name', withOther('--by', ' '), /'--by <who>' argument ' ' is invalid\. It must not be empty\./],
  [
    'an empty reason',
    withOther('--reason', ''),
    /'--reason <text>' argument '' is invalid\. It must not be empty\./,
  ],
  ['hours that are no number', decision('--hours', 'a day'), hours],
  ['no hours at all', decision('--hours', '0'), hours],
  ['hours in another notation', decision('--hours', '1e2'), hours],
  ['more hours than a week has', decision('--hours', '169'), hours],
])('a decision with %s is refused and nothing is printed', async (_, args, message) => {
  await using place = await Workplace.make();
  expectRefused(await place.runHere(args), 64, message);
});
