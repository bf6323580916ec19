/** Random catalogues, as plain numbers for the oracle and as items for the decision. */
import fc from 'fast-check';
import { DateTime } from 'luxon';
import type {
  Pin,
  PointCondition,
  PointProof,
  RetentionCatalogue,
  RetentionDoubts,
  RetentionItem,
  StoreFacts,
} from '../../../src/policy/retention/items.ts';
import { defaultRetentionPolicy, type RetentionPolicy } from '../../../src/policy/retention/policy.ts';
import type { PlainCase, PlainItem, PlainStore } from './oracle.ts';

const hour = 3_600_000;
const day = 24 * hour;
const noon = Date.UTC(2026, 2, 20, 12);

const utc = (millis: number): DateTime => DateTime.fromMillis(millis, { zone: 'utc' });

/** Ages in milliseconds, with every edge that a rule has and one millisecond to either side. */
const edges = [0, -5 * 60_000, 4 * hour, day, 7 * day, 8 * day, 30 * day, 365 * day].flatMap((age) => [
  age - 1,
  age,
  age + 1,
]);
const ages = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 12 }).map((days) => days * day) },
  { weight: 3, arbitrary: fc.integer({ min: -2 * day, max: 40 * day }) },
  { weight: 2, arbitrary: fc.constantFrom(...edges) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 800 * day }) },
);
const agesOrNone = fc.option(ages, { nil: undefined, freq: 40 });
const rarely = fc.integer({ min: 0, max: 5 }).map((n) => n === 0);

const kinds: readonly PlainItem['kind'][] = [
  ...Array.from({ length: 8 }, () => 'point' as const),
  ...(['dump', 'snapshot', 'version', 'blob', 'server', 'history', 'report'] as const),
];
const serverSets = fc.constantFrom(['a'], ['a'], ['b'], ['a', 'b'], ['a', 'b', 'c'], []);
const pointIds = fc.option(
  fc.integer({ min: 0, max: 9 }).map((n) => `i${n}`),
  { nil: undefined },
);
/** Looks that find a blob without reference: mostly a few, mostly days ago. */
const markAges = fc.array(
  fc.oneof(
    fc.constantFrom(25, 50, 200, 400).map((n) => n * hour),
    ages,
  ),
  {
    maxLength: 3,
  },
);

const items = fc.record({
  ...{ kind: fc.constantFrom(...kinds), age: agesOrNone },
  pins: fc.array(fc.record({ until: fc.option(ages, { nil: undefined }) }), { maxLength: 1 }),
  pinned: rarely,
  source: fc.constantFrom('automatic', 'on-demand', 'on-demand', 'on-demand', 'instant', 'export', 'export'),
  ...{ byPerson: rarely, servers: serverSets, isBase: rarely },
  condition: fc.constantFrom('whole', 'whole', 'whole', 'whole', 'failed', 'incomplete', 'unverified'),
  proof: fc.constantFrom('unproven', 'unproven', 'proven', 'proven', 'drill-failed'),
  ...{ marked: rarely, of: pointIds, damaged: fc.boolean(), current: rarely },
  ...{ marks: markAges, referenced: rarely },
  ...{ expiresAge: agesOrNone, refused: rarely, running: rarely },
});

const stores: fc.Arbitrary<PlainStore> = fc.record({
  ...{ switchedOn: rarely.map((is) => !is), undoable: rarely.map((is) => !is), hasInstants: rarely },
  ...{ servers: serverSets, unread: rarely },
});

const rungs = fc.integer({ min: 0, max: 4 });
const ladders = fc.option(
  fc
    .record({ keepLast: rungs, keepDaily: rungs, keepWeekly: rungs, keepMonthly: rungs, keepYearly: rungs })
    .map((ladder) => (Object.values(ladder).some((count) => count > 0) ? ladder : undefined)),
  { nil: undefined },
);

const doubtSets = fc.constantFrom<PlainCase['doubts']>(
  ...([
    [],
    [],
    [],
    [],
    [],
    [],
    [],
    [],
    ['clock'],
    ['listing'],
    ['provider'],
    ['clock', 'listing', 'provider'],
  ] as const),
);

/** A whole case: catalogue, store, policy, present time and doubts. Ids are unique. */
export const plainCases: fc.Arbitrary<PlainCase> = fc
  .record({
    items: fc.array(items, { maxLength: 16 }),
    isCovered: fc.boolean(),
    ...{ store: stores, doubts: doubtSets, ladder: ladders },
    now: fc.integer({ min: -30 * day, max: 30 * day }).map((shift) => noon + shift),
    windowHours: fc.constantFrom(168, 168, 192, 720),
    minimumProven: fc.integer({ min: 1, max: 3 }),
    graceHours: fc.constantFrom(24, 48),
  })
  .map(({ items: drawn, isCovered, store, now, doubts, ladder, windowHours, minimumProven, graceHours }) => ({
    items: [...drawn.map((one, index) => plainItem(one, index, now)), ...(isCovered ? coverAt(now) : [])],
    policy: {
      ...{ windowHours, minimumProven, ladder, graceHours },
      ...{ marksApartHours: 4, historyDays: 30, reportDays: 365 },
    },
    ...{ store, now, doubts },
  }));

const plainPoint: PlainItem = {
  ...{ kind: 'point', id: '', at: undefined, pins: [], source: 'on-demand', byPerson: false },
  ...{ servers: ['a', 'b', 'c'], isBase: false, condition: 'whole', proof: 'unproven', marked: false },
  ...{ of: undefined, damaged: false, current: false, marks: [], referenced: false },
  ...{ expiresAt: undefined, refused: false, running: false },
};

/** A good point of every server inside the window, with which more of what is old may go, and an old export. */
const coverAt = (now: number): PlainItem[] => [
  { ...plainPoint, id: 'cover', at: now - hour },
  { ...plainPoint, id: 'export', at: now - 40 * day, source: 'export' },
  { ...plainPoint, kind: 'dump', id: 'dump', at: now - 40 * day, of: 'export' },
];

type Drawn = typeof items extends fc.Arbitrary<infer T> ? T : never;

function plainItem(drawn: Drawn, index: number, now: number): PlainItem {
  const { age, expiresAge, pinned, pins, marks, source, condition, proof, ...rest } = drawn;
  const back = (by: number | undefined): number | undefined => (by === undefined ? undefined : now - by);
  return {
    ...rest,
    ...{
      id: `i${index}`,
      at: back(age),
      expiresAt: back(expiresAge),
      marks: marks.map((mark) => now - mark),
    },
    pins: pinned ? pins.map((pin) => ({ until: back(pin.until) })) : [],
    ...{ source, condition, proof },
  };
}

/** The case as the decision takes it. */
export function realCase(plain: PlainCase): {
  readonly catalogue: RetentionCatalogue;
  readonly policy: RetentionPolicy;
  readonly now: DateTime;
  readonly doubts: RetentionDoubts;
} {
  return {
    catalogue: {
      items: plain.items.map((item) => realItem(item, plain.now)),
      stores: [realStore(plain.store)],
    },
    policy: { ...defaultRetentionPolicy, ...plain.policy },
    now: utc(plain.now),
    doubts: {
      clock: plain.doubts.includes('clock') ? 'storage is 3600 s ahead' : undefined,
      listing: plain.doubts.includes('listing') ? ['page 3 of the backups did not come'] : [],
      provider: plain.doubts.includes('provider') ? ['a backup has no state'] : [],
    },
  };
}

function realStore(plain: PlainStore): StoreFacts {
  return {
    ...{ store: 'cases', deletesUnreferenced: plain.switchedOn, hasSoftDelete: plain.undoable, blobs: 100 },
    ...{ hasVersioning: false, servers: plain.servers, hasInstants: plain.hasInstants },
    unreadInventories: plain.unread ? ['i1'] : [],
  };
}

/** One item as the decision takes it. */
export function realItem(plain: PlainItem, now: number): RetentionItem {
  const { id, servers } = plain;
  const completedAt = plain.at === undefined ? undefined : utc(plain.at);
  const judged = { id, completedAt, pins: plain.pins.map(realPin) };
  const blob = { store: 'cases', blob: `blob of ${id}` };
  switch (plain.kind) {
    case 'point':
      return {
        ...{ ...judged, kind: 'recovery-point', source: plain.source, servers, isMarked: plain.marked },
        ...{ owner: plain.byPerson ? 'person' : 'lifeboat', providerExpiresAt: undefined },
        role: plain.isBase ? 'chain-base' : 'self-contained',
        ...{ condition: realCondition(plain), proof: realProof(plain, now) },
      };
    case 'dump':
      return { ...judged, kind: 'exported-dump', point: plain.of, servers };
    case 'snapshot':
      return { ...judged, ...blob, kind: 'blob-snapshot', isCurrent: false, blobIsDamaged: plain.damaged };
    case 'version':
      return {
        ...{ ...judged, ...blob, kind: 'blob-version', isCurrent: plain.current },
        blobIsDamaged: plain.damaged,
      };
    case 'blob':
      return {
        ...{ ...judged, ...blob, kind: 'unreferenced-blob', marks: plain.marks.map(utc) },
        referencedBy: plain.referenced ? ['i0'] : [],
      };
    case 'server':
      return {
        ...{ ...judged, kind: 'drill-server', drill: 'd', refusals: plain.refused ? ['it has no tag'] : [] },
        expiresAt: plain.expiresAt === undefined ? undefined : utc(plain.expiresAt),
      };
    case 'history':
      return { ...judged, kind: 'history', isRunning: plain.running };
    case 'report':
      return { ...judged, kind: 'report', proves: plain.of };
  }
}

function realPin(plain: PlainItem['pins'][number]): Pin {
  const until = plain.until === undefined ? undefined : utc(plain.until);
  return { kind: 'legal-hold', by: 'the lawyer', reason: 'case 7', until };
}

function realCondition({ condition }: PlainItem): PointCondition {
  if (condition === 'whole') return { state: 'whole' };
  if (condition === 'incomplete') return { state: 'incomplete', missing: ['inventory'] };
  return { state: condition, because: 'it broke' };
}

function realProof({ proof }: PlainItem, now: number): PointProof {
  return proof === 'unproven' ? { state: 'unproven' } : { state: proof, at: utc(now), drill: 'd' };
}
