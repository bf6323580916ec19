/**
 * The archived write-ahead log of a cluster: closing the current segment, checking that a stretch is complete and
 * readable, pruning. A restore may begin only when every segment that it must read is there; a restore "to the end of
 * what is there" would silently lose what follows a gap.
 */
import { access, open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import { parseSegmentName, segmentName, segmentStart, walSegmentBytes } from './wal.ts';

/** Where a backup's replay begins. */
export interface WalPosition {
  readonly timeline: number;
  readonly segment: bigint;
}

/** Whether the archive holds what a restore must read. */
export type WalCoverage =
  | { readonly verdict: 'complete'; readonly last: bigint }
  | { readonly verdict: 'missing' | 'damaged'; readonly segment: string; readonly detail: string }
  | { readonly verdict: 'not-archived'; readonly segment: string };

/** How far a stretch of the archive must reach: past an instant, through a segment, or as far as the archive goes. */
export type CoverageEnd =
  | { readonly kind: 'instant'; readonly at: Date }
  | { readonly kind: 'segment'; readonly segment: bigint }
  | { readonly kind: 'newest' };

const archiveDeadlineMs = 20_000;
const pageBytes = 8192;

/** Commits once, closes the current segment and waits for the archive; every earlier commit is restorable afterwards. */
export async function archiveEverything(cluster: Cluster): Promise<Date> {
  return cluster.withSession(async (client) => {
    // Recovery stops at a commit record after its target, so one must exist even on an idle server.
    await client.query('SELECT pg_current_xact_id()');
    const { rows } = await client.query<{ name: string; at: Date }>(
      'SELECT pg_walfile_name(pg_switch_wal()) AS name, clock_timestamp() AS at',
    );
    const [closed] = rows;
    if (closed === undefined) throw new Error('PostgreSQL did not name the closed WAL segment');
    await waitForFile(path.join(cluster.paths.archiveDir, closed.name));
    return closed.at;
  });
}

async function waitForFile(file: string): Promise<void> {
  const end = Date.now() + archiveDeadlineMs;
  while (!(await exists(file))) {
    if (Date.now() > end) {
      throw new Error(
        `The WAL segment ${path.basename(file)} was not archived in ${archiveDeadlineMs / 1000} s`,
      );
    }
    await delay(5);
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/**
 * Checks every segment from `from` to the end that a recovery must read. The end of an instant is the first segment
 * that was archived after it: those before were closed before it and hold no commit at which recovery could stop.
 */
export async function checkCoverage(
  archiveDir: string,
  from: WalPosition,
  until: CoverageEnd,
): Promise<WalCoverage> {
  const newest = await newestSegment(archiveDir, from.timeline);
  if (newest === undefined || newest < from.segment) {
    return missing(from.timeline, from.segment, 'the archive ends before the backup began');
  }
  for (let number = from.segment; number <= newest; number++) {
    const name = segmentName(from.timeline, number);
    const file = path.join(archiveDir, name);
    const found = await stat(file).catch(() => undefined);
    if (found === undefined) return missing(from.timeline, number, 'it is not in the archive');
    const damage = await findDamage(file, from.timeline, number);
    if (damage !== undefined) return { verdict: 'damaged', segment: name, detail: damage };
    if (isEnd(until, number, found.mtimeMs)) return { verdict: 'complete', last: number };
  }
  if (until.kind === 'newest') return { verdict: 'complete', last: newest };
  return { verdict: 'not-archived', segment: segmentName(from.timeline, newest + 1n) };
}

function isEnd(until: CoverageEnd, number: bigint, archivedAtMs: number): boolean {
  if (until.kind === 'instant') return archivedAtMs > until.at.getTime();
  return until.kind === 'segment' && number >= until.segment;
}

function missing(timeline: number, number: bigint, detail: string): WalCoverage {
  return { verdict: 'missing', segment: segmentName(timeline, number), detail };
}

/** The number of the newest archived segment of a timeline. */
export async function newestSegment(archiveDir: string, timeline: number): Promise<bigint | undefined> {
  const numbers = (await listSegments(archiveDir)).filter((each) => each.timeline === timeline);
  return numbers.reduce<bigint | undefined>(
    (newest, each) => (newest === undefined || each.number > newest ? each.number : newest),
    undefined,
  );
}

/** What is wrong with an archived segment on the face of it: its size or the position noted on one of its pages. */
async function findDamage(file: string, timeline: number, number: bigint): Promise<string | undefined> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => error);
  if (handle instanceof Error) return `it cannot be read (${handle.code})`;
  try {
    const bytes = Buffer.alloc(walSegmentBytes + 1);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    if (bytesRead !== walSegmentBytes) return `it has ${bytesRead} bytes instead of ${walSegmentBytes}`;
    return findBadPage(bytes, timeline, number);
  } finally {
    await handle.close();
  }
}

function findBadPage(bytes: Buffer, timeline: number, number: bigint): string | undefined {
  for (let offset = 0; offset < walSegmentBytes; offset += pageBytes) {
    const position = bytes.readBigUInt64LE(offset + 8);
    // Pages after an early close of the segment are empty.
    if (offset > 0 && position === 0n && bytes.readUInt16LE(offset) === 0) continue;
    const expected = segmentStart(number) + BigInt(offset);
    if (position !== expected || bytes.readUInt32LE(offset + 4) > timeline) {
      return `its page at byte ${offset} does not belong there`;
    }
  }
  return undefined;
}

/** Removes the archived segments before `keepFrom`; returns how many. */
export async function pruneArchive(archiveDir: string, keepFrom: WalPosition): Promise<number> {
  const obsolete = (await listSegments(archiveDir)).filter((each) => each.number < keepFrom.segment);
  for (const each of obsolete) await rm(path.join(archiveDir, each.name), { force: true });
  return obsolete.length;
}

async function listSegments(
  archiveDir: string,
): Promise<readonly { name: string; timeline: number; number: bigint }[]> {
  const names = await readdir(archiveDir);
  return names.flatMap((name) => {
    const parsed = parseSegmentName(name);
    return parsed === undefined ? [] : [{ name, ...parsed }];
  });
}
