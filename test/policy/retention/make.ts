/** Builders for the tests of retention: each thing with plain defaults, its age given in hours before `now`. */
import { DateTime } from 'luxon';
import { decideRetention } from '../../../src/policy/retention/decide.ts';
import {
  noDoubts,
  type CopyItem,
  type DrillServerItem,
  type DumpItem,
  type HistoryItem,
  type Pin,
  type PointItem,
  type ReportItem,
  type RetentionDoubts,
  type RetentionItem,
  type StoreFacts,
  type UnreferencedItem,
} from '../../../src/policy/retention/items.ts';
import { defaultRetentionPolicy, type RetentionPolicy } from '../../../src/policy/retention/policy.ts';
import type { RetentionDecision } from '../../../src/policy/retention/reasons.ts';

export const now = DateTime.fromISO('2026-03-20T06:00:00.000Z', { zone: 'utc' });
export const policy: RetentionPolicy = defaultRetentionPolicy;
export const server = '/servers/unite-westeurope';
export const day = 24;

/** The instant that lies so many hours before `now`. */
export const ago = (hours: number): DateTime => now.minus({ milliseconds: hours * 3_600_000 });

export const proven = (hours = 1): Pick<PointItem, 'proof'> => ({
  proof: { state: 'proven', at: ago(hours), drill: 'drill-p' },
});
export const drillFailed: Pick<PointItem, 'proof'> = {
  proof: { state: 'drill-failed', at: ago(1), drill: 'drill-f' },
};

export const point = (id: string, ageHours: number, facts: Partial<PointItem> = {}): PointItem => ({
  ...{ kind: 'recovery-point', id, source: 'on-demand', owner: 'lifeboat', servers: [server] },
  ...{ role: 'self-contained', completedAt: ago(ageHours), condition: { state: 'whole' } },
  ...{ proof: { state: 'unproven' }, pins: [], isMarked: false, providerExpiresAt: undefined },
  ...facts,
});

export const pin = (facts: Partial<Pin> = {}): Pin => ({
  ...{ kind: 'drill', by: 'drill-17', reason: 'it is being restored', until: undefined },
  ...facts,
});

/** Something whole inside the window, so that nothing is the last cover. */
export const cover = point('cover', 1);

export const dump = (id: string, ageHours: number, facts: Partial<DumpItem> = {}): DumpItem => ({
  ...{ kind: 'exported-dump', id, completedAt: ago(ageHours), point: undefined, servers: [server], pins: [] },
  ...facts,
});

export const copy = (id: string, ageHours: number, facts: Partial<CopyItem> = {}): CopyItem => ({
  ...{ kind: 'blob-snapshot', id, completedAt: ago(ageHours), store: 'cases', blob: 'ab/cd', pins: [] },
  ...{ isCurrent: false, blobIsDamaged: false },
  ...facts,
});

export const unreferenced = (
  id: string,
  ageHours: number,
  facts: Partial<UnreferencedItem> = {},
): UnreferencedItem => ({
  ...{ kind: 'unreferenced-blob', id, completedAt: ago(ageHours), store: 'cases', blob: id, pins: [] },
  ...{ marks: [ago(48), ago(24)], referencedBy: [] },
  ...facts,
});

export const store = (facts: Partial<StoreFacts> = {}): StoreFacts => ({
  ...{ store: 'cases', deletesUnreferenced: true, hasSoftDelete: true, hasVersioning: false },
  ...{ servers: [server], hasInstants: false, unreadInventories: [], blobs: 1_000 },
  ...facts,
});

export const drillServer = (
  id: string,
  ageHours: number,
  facts: Partial<DrillServerItem> = {},
): DrillServerItem => ({
  ...{ kind: 'drill-server', id, completedAt: ago(ageHours), drill: 'drill-17', pins: [] },
  ...{ expiresAt: undefined, refusals: [] },
  ...facts,
});

export const history = (id: string, ageHours: number, isRunning = false): HistoryItem => ({
  ...{ kind: 'history', id, completedAt: ago(ageHours), pins: [], isRunning },
});

export const report = (id: string, ageHours: number, facts: Partial<ReportItem> = {}): ReportItem => ({
  ...{ kind: 'report', id, completedAt: ago(ageHours), pins: [], proves: undefined },
  ...facts,
});

/** Decides over items, with a store that may delete what nothing refers to. */
export function decide(
  items: readonly RetentionItem[],
  by: Partial<RetentionPolicy> = {},
  doubts: Partial<RetentionDoubts> = {},
  stores: readonly StoreFacts[] = [store()],
  at = now,
): RetentionDecision[] {
  return decideRetention({ items, stores }, { ...policy, ...by }, at, { ...noDoubts, ...doubts });
}

/** `keep inside-window pinned`: a decision with its reasons' names. */
export const short = ({ decision, reasons }: RetentionDecision): string =>
  [decision, ...reasons.map((one) => one.reason)].join(' ');

/** The short decision on the last of the items, which stands for itself beside a cover. */
export function decideLast(...items: readonly RetentionItem[]): string {
  return short(decide([cover, ...items]).at(-1)!);
}
