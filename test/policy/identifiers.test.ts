import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import {
  drillServerName,
  instanceIdOf,
  parseInstanceId,
  parseServerName,
  parseServerResourceId,
  serverResourceId,
  stampOf,
  stampPrefixes,
  type RunName,
} from '../../src/policy/identifiers.ts';
import { budget } from '../budget.ts';

const letters = Array.from('abcdefghijklmnopqrstuvwxyz');
const digits = Array.from('0123456789');
const inner = fc.string({ unit: fc.constantFrom(...letters, ...digits, '-'), maxLength: 38 });
const outer = fc.constantFrom(...letters);
const shortIds = fc.tuple(outer, inner, outer).map((parts) => parts.join(''));
const regions = fc
  .string({ unit: fc.constantFrom(...letters, ...digits), minLength: 2, maxLength: 24 })
  .map((rest) => `w${rest}`);
const stamps = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((at) => stampOf(DateTime.fromJSDate(at)));
const runs: fc.Arbitrary<RunName> = fc.record({
  kind: fc.constantFrom('cycle', 'snapshot', 'drill'),
  system: shortIds,
  region: regions,
  stamp: stamps,
});

describe('an instance id', () => {
  test('has at most 100 characters that every task hub takes, and is understood again', () => {
    fc.assert(
      fc.property(runs, (run) => {
        const id = instanceIdOf(run);
        expect(id.length).toBeLessThanOrEqual(100);
        expect(id).not.toMatch(/[/\\#?]|\s|^@/);
        expect(parseInstanceId(id)).toEqual(run);
      }),
      { numRuns: budget.policyProperties },
    );
  });

  test.each([
    '',
    'drill',
    'drill.lms.eastus',
    'drill.lms.eastus.20260301',
    '../x.lms.eastus.20260301T000000Z',
  ])('is not read from "%s"', (text) => {
    expect(parseInstanceId(text)).toBeUndefined();
  });
});

describe("a drill server's name", () => {
  test('is a name that Azure takes, the same each time, and says what it is', () => {
    fc.assert(
      fc.property(runs, shortIds, (run, database) => {
        const name = drillServerName(run, database);
        expect(name).toMatch(/^drill-[a-z0-9-]{1,56}[a-z0-9]$/);
        expect(name.length).toBeLessThanOrEqual(63);
        expect(drillServerName({ ...run }, database)).toBe(name);
      }),
      { numRuns: budget.policyProperties },
    );
  });

  test('differs for another database, system, region or slot', () => {
    fc.assert(
      fc.property(runs, runs, shortIds, shortIds, (one, other, first, second) => {
        const same = instanceIdOf(one) === instanceIdOf(other) && first === second;
        expect(drillServerName(one, first) === drillServerName(other, second)).toBe(same);
      }),
      { numRuns: budget.policyProperties },
    );
  });

  test('differs for long names that begin alike', () => {
    const run = { kind: 'drill', region: 'eastus', stamp: '20260301T000000Z' };
    const long = 'a'.repeat(39);
    const names = ['b', 'c'].map((end) => drillServerName({ ...run, system: `${long}${end}` }, 'main'));
    expect(new Set(names).size).toBe(2);
  });
});

describe("a server's name", () => {
  test.each(['abc', 'a'.repeat(63), '0-9'])('may be "%s"', (text) => {
    expect(parseServerName(text)).toBe(text);
  });

  test.each(['ab', 'a'.repeat(64), '-abc', 'abc-', 'Abc', 'a_c', 'a.c', 'abc\n', ''])(
    'is not "%s"',
    (text) => {
      expect(() => parseServerName(text)).toThrow('is no server name');
    },
  );
});

describe("a server's resource id", () => {
  const id =
    '/subscriptions/8a1d5c1e-0b51-4a7e-9d3c-5f6b7c8d9e0f/resourceGroups/rg-one/providers/Microsoft.DBforPostgreSQL/flexibleServers/main-1';

  test('is taken apart and put together again', () => {
    expect(serverResourceId(parseServerResourceId(id)!)).toBe(id);
  });

  test.each([
    ['of another provider', id.replace('DBforPostgreSQL', 'Sql')],
    ['with something behind it', `${id}/databases/x`],
    ['with a query', `${id}?x=1`],
    ['with a path that climbs', id.replace('main-1', '..')],
    ['with a space in the group', id.replace('rg-one', 'rg one')],
    ['without subscription', id.replace(/8a1d[^/]+/, 'x')],
    ['followed by a line break', `${id}\n`],
  ])('%s is none', (_how, text) => {
    expect(parseServerResourceId(text)).toBeUndefined();
  });
});

test('a stamp is the UTC instant whatever the zone it is given in', () => {
  const at = DateTime.fromISO('2026-03-29T02:30:00', { zone: 'Asia/Tokyo' });
  expect(stampOf(at)).toBe('20260328T173000Z');
});

describe('the beginnings of the stamps of a time', () => {
  const instant = fc
    .date({ min: new Date('2024-01-01'), max: new Date('2029-01-01'), noInvalidDate: true })
    .map((at) => DateTime.fromJSDate(at, { zone: 'utc' }));

  test('are those of every stamp in it, and few', () => {
    fc.assert(
      fc.property(
        instant,
        fc.double({ min: 0, max: 400, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (from, days, share) => {
          const prefixes = stampPrefixes(from, from.plus({ days }));
          const within = stampOf(from.plus({ days: days * share }));
          expect(prefixes.filter((prefix) => within.startsWith(prefix))).toHaveLength(1);
          expect(prefixes.length).toBeLessThanOrEqual(15);
        },
      ),
    );
  });

  test('are days for a short time, and months for a long one', () => {
    const at = DateTime.fromISO('2026-12-31T23:00:00Z', { zone: 'utc' });
    expect(stampPrefixes(at, at.plus({ hours: 2 }))).toEqual(['20261231', '20270101']);
    expect(stampPrefixes(at, at.plus({ days: 31 }))).toEqual(['202612', '202701']);
  });
});
