import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DatedDigests,
  digestsOfRecords,
  expectationBytes,
  expectations,
  ExpectedDigests,
  putExpectation,
  type Expectation,
} from '../../src/policy/digest-sets.ts';
import { mergeShard, type MergeFinding } from '../../src/policy/scrub-merge.ts';
import { budget } from '../budget.ts';
import { digest, digestBytes, factsUpTo, hex, packRecords, unpack, type Facts } from '../support/scrub.ts';

/** A case by the numbers of its digests. */
interface Case {
  readonly previous: ReadonlyMap<number, Facts>;
  readonly found: ReadonlyMap<number, Facts>;
  readonly expected: ReadonlyMap<number, { readonly expectation: Expectation; readonly point: number }>;
  readonly deletions: readonly (readonly [number, number])[];
  readonly seenAt: number;
  readonly newestPointAt: number | undefined;
  readonly pointsDecide: boolean;
}

const nothing: Case = {
  ...{ previous: new Map(), found: new Map(), expected: new Map(), deletions: [] },
  ...{ seenAt: 10, newestPointAt: 12, pointsDecide: true },
};

function packExpected(expected: Case['expected']): ExpectedDigests {
  const itemBytes = digestBytes + expectationBytes;
  const bytes = new Uint8Array(expected.size * itemBytes);
  for (const [index, [one, said]] of [...expected].toSorted(([a], [b]) => a - b).entries()) {
    bytes.set(digest(one), index * itemBytes);
    putExpectation(bytes, index * itemBytes + digestBytes, said.expectation, said.point);
  }
  return new ExpectedDigests(bytes, digestBytes);
}

function merge(one: Case): { findings: MergeFinding[] } & ReturnType<typeof mergeShard> {
  const findings: MergeFinding[] = [];
  const half = Math.floor(one.deletions.length / 2);
  const deletions = [one.deletions.slice(0, half), one.deletions.slice(half)].map((some) =>
    DatedDigests.of(
      digestBytes,
      some.map(([number, at]) => ({ digest: digest(number), at })),
    ),
  );
  const merged = mergeShard(
    {
      ...{ seenAt: one.seenAt, newestPointAt: one.newestPointAt, pointsDecide: one.pointsDecide },
      ...{ previous: packRecords(one.previous), found: packRecords(one.found) },
      ...{ expected: packExpected(one.expected), deletions },
    },
    (finding) => findings.push(finding),
  );
  return { ...merged, findings };
}

/** What the rules say of one digest, written out one by one. */
function judge(one: Case, number: number): string {
  const [before, found, said] = [one.previous.get(number), one.found.get(number), one.expected.get(number)];
  if (found !== undefined) {
    const isOld = one.newestPointAt !== undefined && found.createdAt < one.newestPointAt;
    return said === undefined && isOld ? 'unreferenced' : 'present';
  }
  if (said?.expectation === 'must') return `missing expected ${said.point}`;
  if (before === undefined) return 'nothing';
  const isDeleted = one.deletions.some(([of, at]) => of === number && at >= before.createdAt);
  if (isDeleted) return 'deleted by record';
  const lastSeen = before.state === 'missing' ? before.verifiedAt : one.seenAt;
  const isOlder = one.newestPointAt !== undefined && lastSeen < one.newestPointAt;
  return one.pointsDecide && isOlder && said?.expectation !== 'added'
    ? 'deleted by points'
    : 'missing inventory';
}

const seconds = fc.nat({ max: 20 });
const cases: fc.Arbitrary<Case> = fc.record({
  previous: factsUpTo(30),
  found: factsUpTo(30).map(
    (all) => new Map([...all].map(([one, facts]) => [one, { ...facts, state: 'ok' as const }])),
  ),
  expected: fc
    .array(
      fc.tuple(
        fc.nat({ max: 30 }),
        fc.record({ expectation: fc.constantFrom(...expectations), point: fc.nat({ max: 9 }) }),
      ),
      { maxLength: 30 },
    )
    .map((all) => new Map(all)),
  deletions: fc.array(fc.tuple(fc.nat({ max: 30 }), seconds), { maxLength: 15 }),
  seenAt: seconds,
  newestPointAt: fc.option(seconds, { nil: undefined }),
  pointsDecide: fc.boolean(),
});

const textOf = (finding: MergeFinding): string =>
  finding.verdict === 'missing'
    ? `missing ${finding.because}${finding.point === undefined ? '' : ` ${finding.point}`}`
    : finding.verdict;

describe('the merge of a shard', () => {
  test('comes to what the rules say of each digest by itself', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const numbers = [...Array.from({ length: 31 }).keys()];
        const judged = numbers.map((number) => ({ number, verdict: judge(one, number) }));
        const merged = merge(one);
        const told = judged.filter(({ verdict }) => /^(missing|unreferenced)/.test(verdict));
        expect(merged.findings.map((finding) => `${hex(finding.digest)} ${textOf(finding)}`)).toEqual(
          told.map(({ number, verdict }) => `${hex(digest(number))} ${verdict}`),
        );
        const counted = (verdict: RegExp): number =>
          judged.filter((each) => verdict.test(each.verdict)).length;
        expect(merged.missing).toBe(counted(/^missing/));
        expect(merged.unreferenced).toBe(counted(/^unreferenced/));
        expect(merged.deleted).toEqual({ byRecord: counted(/by record/), byPoints: counted(/by points/) });
      }),
      { numRuns: budget.policyProperties },
    );
  });

  test('knows afterwards what was found as it was found, and what is missing with when it was last seen', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { records } = merge(one);
        expect(digestsOfRecords(records).isOrdered()).toBe(true);
        const expected = new Map<string, Facts>();
        for (let number = 0; number <= 30; number += 1) {
          const [found, before] = [one.found.get(number), one.previous.get(number)];
          if (found !== undefined) expected.set(hex(digest(number)), found);
          else if (judge(one, number).startsWith('missing'))
            expected.set(hex(digest(number)), {
              size: before?.size ?? 0,
              createdAt: before?.createdAt ?? 0,
              verifiedAt:
                before === undefined ? 0 : before.state === 'missing' ? before.verifiedAt : one.seenAt,
              state: 'missing',
            });
        }
        expect([...unpack(records)]).toEqual([...expected]);
      }),
      { numRuns: budget.policyProperties },
    );
  });

  test('done again with the same listing finds the same', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const first = merge(one);
        const numbered = [...unpack(first.records)].map(
          ([key, facts]) => [Number.parseInt(key, 16), facts] as const,
        );
        const second = merge({ ...one, previous: new Map(numbered), seenAt: 0 });
        expect(second.findings.map(textOf)).toEqual(first.findings.map(textOf));
        expect(second.deleted).toEqual({ byRecord: 0, byPoints: 0 });
      }),
      { numRuns: budget.policyProperties },
    );
  });
});

const blob: Facts = { size: 5, createdAt: 3, verifiedAt: 8, state: 'ok' };

describe('an address of the inventory that is not listed any more', () => {
  const gone: Case = { ...nothing, previous: new Map([[7, blob]]) };

  test('is missing while no newer point says otherwise, and stays so in every later scan', () => {
    const scan = { ...gone, newestPointAt: 10 };
    const { findings, records } = merge(scan);
    expect(findings).toEqual([
      { verdict: 'missing', because: 'inventory', digest: digest(7), size: 5, lastSeenAt: 10 },
    ]);
    const later = merge({ ...scan, previous: new Map([[7, unpack(records).get('0007')!]]), seenAt: 500 });
    expect(later.findings).toEqual(findings);
  });

  test('is gone lawfully once a point that was taken after it was last seen refers to it no more', () => {
    const { records } = merge({ ...gone, newestPointAt: 10 });
    const later = { ...gone, previous: new Map([[7, unpack(records).get('0007')!]]), seenAt: 500 };
    expect(merge({ ...later, newestPointAt: 11 })).toMatchObject({ findings: [], deleted: { byPoints: 1 } });
  });

  test('is missing for a store with change records whatever the points say, unless one of them deletes it', () => {
    const signed = { ...gone, pointsDecide: false };
    expect(merge(signed).missing).toBe(1);
    expect(merge({ ...signed, deletions: [[7, 9]] })).toMatchObject({ missing: 0, deleted: { byRecord: 1 } });
  });

  test('is missing although it was deleted once, if it was made again after that', () => {
    expect(merge({ ...gone, pointsDecide: false, deletions: [[7, 2]] }).missing).toBe(1);
  });

  test('is missing if a retained point needs it, and the finding says that it was deleted', () => {
    const expected = new Map([[7, { expectation: 'must', point: 4 } as const]]);
    expect(merge({ ...gone, expected, deletions: [[7, 9]] }).findings).toEqual([
      {
        ...{ verdict: 'missing', because: 'expected', digest: digest(7), size: 5 },
        ...{ point: 4, lastSeenAt: 10, deletedAt: 9 },
      },
    ]);
  });

  test('is missing if the newest reference came while its point was being taken, gone if the last went then', () => {
    const said = (expectation: Expectation): Case['expected'] => new Map([[7, { expectation, point: 0 }]]);
    expect(merge({ ...gone, expected: said('added') }).missing).toBe(1);
    expect(merge({ ...gone, expected: said('given-up') })).toMatchObject({
      missing: 0,
      deleted: { byPoints: 1 },
    });
  });
});

test('a wiped shard of sixty thousand expected blobs is as many findings', () => {
  const expected: Case['expected'] = new Map(
    Array.from({ length: 60_000 }, (_, number) => [number, { expectation: 'must', point: 1 }]),
  );
  const { missing, records, findings } = merge({ ...nothing, expected });
  expect([missing, records.length, findings.length]).toEqual([60_000, 60_000, 60_000]);
  expect(records.stateAt(59_999)).toBe('missing');
});
