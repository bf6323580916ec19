/**
 * One part of the names that lie under no shard's prefix: every shard tells the strays among its own names, and what is
 * left are the gaps between the shards, so that every name is listed once. Where a store cannot begin a listing at a name
 * (or names are no plain ASCII, whose order all agree on), it is listed as a whole once more.
 */
import pMap from 'p-map';
import type { ScanPartDocument } from '../../contracts/scan-documents.ts';
import { nameGaps, Prefixes, type NameGap } from '../../policy/name-gaps.ts';
import { ScrubRecords } from '../../policy/scrub-records.ts';
import type { ScanRule } from '../../ports/blob-scanner.ts';
import type { Dependencies } from '../dependencies.ts';
import { Tally } from './part-tally.ts';
import { readScanPlan } from './plan.ts';
import type { ScannedStore } from './stores.ts';

/** Most gaps hold nothing: a glance tells, at many of them at once. */
const glancesAtOnce = 16;
const glanceNames = 10;
const pageNames = 5_000;
const nothing: ScanRule = { unknown: false, bad: false, verifiedBefore: 0 };
/** Before the token of a listing of everything. */
const everything = 'all:';

/** How much one part may take. */
export interface StrayLimits {
  readonly milliseconds: number;
  readonly blobs: number;
}

/** What a part found, and where the next one begins. */
interface Found {
  readonly names: readonly string[];
  readonly next: string | undefined;
}

/** Lists the next strays of a whole store; the document of that part. */
export async function readStrays(
  deps: Dependencies,
  scanned: ScannedStore,
  {
    scan,
    part,
    token,
  }: { readonly scan: string; readonly part: number; readonly token?: string | undefined },
  limits: StrayLimits,
): Promise<ScanPartDocument> {
  const { of, compiled } = scanned;
  const { shards } = await readScanPlan(deps, of.scope, scan, of.store);
  const prefixes = shards.map(({ leading }) => compiled.prefixOf(leading));
  const isAll = token?.startsWith(everything) === true || !compiled.isAscii;
  const inGaps = isAll ? undefined : await readGaps(deps, scanned, nameGaps(prefixes), token, limits);
  const { names, next } =
    inGaps ??
    (await readAll(deps, scanned, token?.startsWith(everything) === true ? token : undefined, limits));
  const shared = new Prefixes(prefixes);
  const tally = new Tally(scanned);
  tally.strays(names.filter((name) => !shared.cover(name)));
  return {
    schema: 'lifeboat/scan-part/v2',
    ...{ scan, store: of.store, shard: 'stray', counts: tally.counts },
    ...(next === undefined ? {} : { next: { part: part + 1, token: next } }),
    findings: tally.findings,
  };
}

/** Lists gap after gap; undefined if the store cannot begin a listing at a name. */
async function readGaps(
  deps: Dependencies,
  scanned: ScannedStore,
  gaps: readonly NameGap[],
  token: string | undefined,
  { milliseconds, blobs }: StrayLimits,
): Promise<Found | undefined> {
  const until = deps.clock.monotonicMilliseconds() + milliseconds;
  const names: string[] = [];
  let place: Place | undefined = placeOf(token);
  do {
    const step: Step | undefined = place.isLong
      ? await follow(deps, scanned, gaps, place)
      : await glance(deps, scanned, gaps, place);
    if (step === undefined) return undefined;
    names.push(...step.names);
    place = step.place.gap < gaps.length ? step.place : undefined;
  } while (place !== undefined && names.length < blobs && deps.clock.monotonicMilliseconds() < until);
  return { names, next: place && tokenOf(place) };
}

/** A gap that is yet to be looked at, or a long one and how far its listing is. */
interface Place {
  readonly gap: number;
  readonly isLong: boolean;
  readonly token?: string | undefined;
}

interface Step {
  readonly names: readonly string[];
  readonly place: Place;
}

const tokenOf = ({ gap, isLong, token }: Place): string => (isLong ? `${gap}:${token ?? ''}` : `${gap}`);

function placeOf(token = '0'): Place {
  const at = token.indexOf(':');
  if (at < 0) return { gap: Number(token), isLong: false };
  const inner = token.slice(at + 1);
  return { gap: Number(token.slice(0, at)), isLong: true, token: inner === '' ? undefined : inner };
}

/** The next gaps up to the first that a glance does not show the end of. */
async function glance(
  deps: Dependencies,
  scanned: ScannedStore,
  gaps: readonly NameGap[],
  { gap: from }: Place,
): Promise<Step | undefined> {
  const pages = await pMap(
    gaps.slice(from, from + glancesAtOnce),
    (gap) => page(deps, scanned, gap, undefined, glanceNames),
    { concurrency: glancesAtOnce },
  );
  const names: string[] = [];
  for (const [index, seen] of pages.entries()) {
    if (seen === undefined) return undefined;
    if (seen.next !== undefined) return { names, place: { gap: from + index, isLong: true } };
    names.push(...seen.names);
  }
  return { names, place: { gap: from + pages.length, isLong: false } };
}

/** The next page of a long gap. */
async function follow(
  deps: Dependencies,
  scanned: ScannedStore,
  gaps: readonly NameGap[],
  { gap, token }: Place,
): Promise<Step | undefined> {
  const range = gaps[gap];
  const seen = range && (await page(deps, scanned, range, token, pageNames));
  if (seen === undefined) return undefined;
  const place =
    seen.next === undefined ? { gap: gap + 1, isLong: false } : { gap, isLong: true, token: seen.next };
  return { names: seen.names, place };
}

/** One page of a gap's names; `next` only while the gap may hold more. */
async function page(
  deps: Dependencies,
  { store }: ScannedStore,
  { from, to }: NameGap,
  token: string | undefined,
  most: number,
): Promise<Found | undefined> {
  const listed = await deps.contents.listFrom(store, { from, token, most });
  if (listed === undefined) return undefined;
  const names = listed.blobs.map(({ name }) => name);
  const end = to === undefined ? -1 : names.findIndex((name) => name >= to);
  return end < 0 ? { names, next: listed.next } : { names: names.slice(0, end), next: undefined };
}

/** The strays of everything. */
async function readAll(
  deps: Dependencies,
  { store, layout, compiled }: ScannedStore,
  token: string | undefined,
  limits: StrayLimits,
): Promise<Found> {
  const portion = await deps.scanner.scan({
    ...{ store, layout, prefix: '', rule: nothing, pageSize: pageNames, concurrency: 1, ...limits },
    token: token?.slice(everything.length),
    known: new ScrubRecords(new Uint8Array(0), compiled.digestBytes),
  });
  portion.records.release();
  const next = portion.next === undefined ? undefined : everything + portion.next;
  return { names: portion.strays.map(({ name }) => name), next };
}
