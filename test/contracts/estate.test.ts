import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkEstate, readEstate, type Estate } from '../../src/contracts/estate.ts';
import { crossProblems, outlineOf } from '../../src/contracts/estate-cross-checks.ts';
import { addressEncodings, hashAlgorithms } from '../../src/policy/address-encoding.ts';
import { Failure } from '../../src/policy/failure.ts';

const file = new URL('../../estate.yaml', import.meta.url);
let text: string;
let sample: Estate;

beforeAll(async () => {
  text = await readFile(file, 'utf8');
  sample = readEstate(text, 'estate.yaml');
});

type Path = readonly (string | number)[];
type Change = readonly [path: Path, value: unknown];
const gone = Symbol('a member that is left out');

/** The sample with members changed, as YAML. */
function changed(changes: readonly Change[]): string {
  const estate = structuredClone(sample) as unknown;
  for (const [path, value] of changes) {
    let at = estate as Record<string | number, unknown>;
    for (const key of path.slice(0, -1)) at = at[key] as typeof at;
    if (value === gone) delete at[path.at(-1)!];
    else at[path.at(-1)!] = value;
  }
  return stringify(estate);
}

function problemsOf(yaml: string): string[] {
  const result = checkEstate(yaml);
  return 'problems' in result ? result.problems.map((one) => `${one.path}: ${one.problem}`) : [];
}

const system = ['systems', 0] as const;
const region = [...system, 'regions', 0] as const;
const database = [...region, 'databases', 0] as const;
const store = [...region, 'blobStores', 0] as const;
const at = { system: 'systems[0]', region: 'systems[0].regions[0]' };
const databaseAt = `${at.region}.databases[0]`;
const storeAt = `${at.region}.blobStores[0]`;

/** One wrong member each: the change, the path it is reported at, and what the message must say. */
const wrong: readonly [string, Change, string, RegExp][] = [
  ['another version', [['version'], 2], 'version', /1/],
  ['no systems', [['systems'], []], 'systems', /1/],
  ['a system without name', [[...system, 'name'], gone], `${at.system}.name`, /string/],
  ['a member that nobody knows', [[...system, 'colour'], 'red'], at.system, /colour/],
  ['an id with capitals', [[...system, 'id'], 'Unite'], `${at.system}.id`, /2 to 40 of a-z/],
  ['an id that climbs', [[...system, 'id'], '../x'], `${at.system}.id`, /2 to 40 of a-z/],
  ['a criticality of its own', [[...system, 'criticality'], 'huge'], `${at.system}.criticality`, /critical/],
  [
    'an RPO that is no duration',
    [[...system, 'objectives', 'rpo'], '24h'],
    `${at.system}.objectives.rpo`,
    /PT24H/,
  ],
  [
    'an RTO of nothing',
    [[...system, 'objectives', 'rto'], 'PT0S'],
    `${at.system}.objectives.rto`,
    /longer than nothing/,
  ],
  [
    'objectives that nobody approved',
    [[...system, 'objectives', 'approvedBy'], ''],
    `${at.system}.objectives.approvedBy`,
    /1/,
  ],
  [
    'an approval at a local time',
    [[...system, 'objectives', 'approvedAt'], '2026-01-15T09:00:00+01:00'],
    `${at.system}.objectives.approvedAt`,
    /UTC/,
  ],
  [
    'a retention of no proven point',
    [[...system, 'retention', 'minimumProven'], 0],
    `${at.system}.retention.minimumProven`,
    /1/,
  ],
  [
    'reports kept for less than a year',
    [[...system, 'retention', 'reports'], 'P12M'],
    `${at.system}.retention.reports`,
    /at least 365 days/,
  ],
  [
    'histories kept for less than a week',
    [[...system, 'retention', 'history'], 'PT167H'],
    `${at.system}.retention.history`,
    /at least 7 days/,
  ],
  [
    'a schedule of five fields',
    [[...system, 'schedules', 'snapshot', 'cron'], '30 1 * * *'],
    `${at.system}.schedules.snapshot.cron`,
    /names no schedule/,
  ],
  [
    'a time zone that does not exist',
    [[...system, 'schedules', 'drill', 'timeZone'], 'Europe/Atlantis'],
    `${at.system}.schedules.drill.cron`,
    /Atlantis/,
  ],
  ['a region that is none', [[...region, 'region'], 'West Europe'], `${at.region}.region`, /westeurope/],
  ['a region without databases', [[...region, 'databases'], []], `${at.region}.databases`, /1/],
  [
    'a paired region that is protected itself',
    [[...region, 'drill', 'pairedRegion'], 'eastus'],
    `${at.region}.drill.pairedRegion`,
    /no region that the estate protects/,
  ],
  [
    'a server that is no resource id',
    [[...database, 'server'], 'unite-westeurope'],
    `${databaseAt}.server`,
    /flexibleServers/,
  ],
  ['a database name with a quote', [[...database, 'name'], "x'; --"], `${databaseAt}.name`, /database name/],
  [
    'a fingerprint mode of its own',
    [[...database, 'fingerprint'], 'fuzzy'],
    `${databaseAt}.fingerprint`,
    /exact/,
  ],
  ['an account without TLS', [[...store, 'account'], 'http://blobs'], `${storeAt}.account`, /https/],
  [
    'an account id of something else',
    [[...store, 'accountId'], '/subscriptions/x'],
    `${storeAt}.accountId`,
    /storage account/,
  ],
  ['a container that climbs', [[...store, 'container'], '..'], `${storeAt}.container`, /container name/],
  [
    'a layout without digest',
    [[...store, 'layout'], 'sha256/{0:2}'],
    `${storeAt}.layout`,
    /must contain \{digest\}.*write it like/,
  ],
  [
    'a layout that cannot be divided',
    [[...store, 'layout'], '{2:4}/{digest}'],
    `${storeAt}.layout`,
    /first one must begin at 0/,
  ],
  [
    'a slice behind the end of the digest',
    [[...store, 'layout'], '{0:2}/{70:72}/{digest}'],
    `${storeAt}.layout`,
    /\{70:72\} ends behind the 64 characters of a sha256 digest in hex; correct the layout/,
  ],
  [
    'an encoding that nobody knows',
    [[...store, 'encoding'], 'base64'],
    `${storeAt}.encoding`,
    /hex-upper.*base64url/,
  ],
  [
    'a column encoding that nobody knows',
    [[...store, 'references', 0, 'encoding'], 'hex-upper'],
    `${storeAt}.references[0].encoding`,
    /multihash/,
  ],
  ['an algorithm that is broken', [[...store, 'algorithm'], 'md5'], `${storeAt}.algorithm`, /sha256/],
  ['a store that nothing refers to', [[...store, 'references'], []], `${storeAt}.references`, /1/],
  [
    'a table that is an injection',
    [[...store, 'references', 0, 'table'], 'a.b; DROP TABLE c'],
    `${storeAt}.references[0].table`,
    /schema\.table/,
  ],
  [
    'a reference from a database that is not there',
    [[...store, 'references', 0, 'database'], 'other'],
    `${storeAt}.references[0].database`,
    /use one of: unite/,
  ],
  [
    'drills in the resource group of a protected server',
    [[...region, 'drill', 'resourceGroup'], 'RG-unite-westeurope'],
    `${at.region}.drill.resourceGroup`,
    /drills alone/,
  ],
  [
    'an allowed address that is none',
    [[...region, 'drill', 'allowedAddresses'], [{ start: '0.0.0.0/0', end: '1.1.1.1' }]],
    `${at.region}.drill.allowedAddresses[0].start`,
    /IPv4/,
  ],
  [
    'a price in words',
    [['price', 'restoredServerPerHour'], 'cheap'],
    'price.restoredServerPerHour',
    /number/,
  ],
  ['a system twice', [['systems', 2, 'id'], 'unite-cloud'], 'systems[2].id', /used twice/],
];

describe('the estate file of the embedded stack', () => {
  test('is read with the defaults filled in', () => {
    expect(sample.systems.map((one) => one.id)).toEqual(['unite-cloud', 'cloud-storage', 'lms']);
    expect(sample.systems[0]?.retention).toEqual({
      ...{ window: 'PT168H', minimumProven: 1 },
      brake: { fraction: 1, count: 20, contentFraction: 1, contentCount: 20_000 },
      ...{ reports: 'P2192D', history: 'P30D' },
    });
    expect(sample.systems[0]?.regions[0]?.blobStores[0]?.opaque).toBe(false);
  });

  test('stays the same when it is written and read again', () => {
    expect(readEstate(stringify(sample), 'again')).toEqual(sample);
  });
});

describe('a blob store', () => {
  test('may have any algorithm in any encoding', () => {
    for (const algorithm of hashAlgorithms)
      for (const encoding of [...addressEncodings, gone])
        expect(
          problemsOf(
            changed([
              [[...store, 'algorithm'], algorithm],
              [[...store, 'encoding'], encoding],
              [[...store, 'layout'], 'x-{0:2}/{2:}'],
            ]),
          ),
        ).toEqual([]);
  });
});

describe('a wrong estate file', () => {
  test.each(wrong)('with %s is refused at its path with the fix', (_what, change, path, message) => {
    const problems = problemsOf(changed([change]));
    expect(problems).toContainEqual(expect.stringMatching(message));
    expect(problems.map((one) => one.slice(0, one.indexOf(': ')))).toContain(path);
  });

  test('names every wrong member at once', () => {
    const shapes = wrong.filter(
      ([what]) =>
        // Two of them would be of one member, or take away what another is in.
        !/not there|of a protected|twice|without databases|no systems|nothing refers|be divided|behind the end/.test(
          what,
        ),
    );
    const problems = problemsOf(changed(shapes.map(([, change]) => change)));
    for (const [, , path] of shapes) expect(problems.map((one) => one.split(': ')[0])).toContain(path);
    expect(shapes.length).toBeGreaterThan(20);
  });

  test('names what does not fit together beside what is wrong by itself', () => {
    const across = wrong.filter(([what]) => /not there|of a protected|twice/.test(what));
    const yaml = changed([
      [['version'], 2],
      [[...store, 'algorithm'], 'md5'],
      ...across.map(([, change]) => change),
    ]);
    const problems = problemsOf(yaml);
    for (const [, , path, message] of across)
      expect(problems.filter((one) => one.startsWith(`${path}: `) && message.test(one))).toHaveLength(1);
    expect(problems.map((one) => one.split(': ')[0])).toContain('version');
    // What fits together is told once, too.
    const alone = problemsOf(changed(across.map(([, change]) => change)));
    expect(new Set(alone).size).toBe(alone.length);
  });

  test('of any shape at all is read as far as it can be made out', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (whole, one, part) => {
        const regions = [
          { databases: part, blobStores: [part, { references: one }], drill: one, restore: part },
        ];
        for (const document of [
          whole,
          { systems: one },
          { systems: [{ id: one, regions: [one, ...regions] }] },
        ])
          expect(() => crossProblems(outlineOf(document))).not.toThrow();
      }),
      { numRuns: 200 },
    );
  });

  test('is one failure with a line for each problem and the next step', () => {
    const yaml = changed([
      [['version'], 2],
      [[...system, 'id'], 'X'],
    ]);
    const read = (): unknown => readEstate(yaml, '/etc/estate.yaml');
    expect(read).toThrow(Failure);
    expect(read).toThrow(/^\/etc\/estate\.yaml has 2 problems:\n {2}version: .+\n {2}systems\[0\]\.id: /);
  });

  test.each([
    ['that is no YAML', 'version: 1\nsystems: [', /^line 2: is no YAML/],
    ['that is empty', '', /^\(document\): /],
    ['that is a list', '- 1', /^\(document\): /],
    ['with a tab as indentation', 'version: 1\nsystems:\n\t- id: x', /^line 3: is no YAML/],
  ])('%s is refused with where it is wrong', (_what, yaml, message) => {
    expect(problemsOf(yaml)[0]).toMatch(message);
  });
});
