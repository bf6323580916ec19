/**
 * The rules of retention once more, by brute force: for each item every rule is asked literally over all items, with
 * plain milliseconds and no library. Slow, and written without the decision's own code, so that both can only agree
 * where both are right.
 */

/** A pin that ends at an instant, or never. */
interface PlainPin {
  readonly until: number | undefined;
}

/** One item as plain numbers and words; each rule reads what concerns its kind. */
export interface PlainItem {
  readonly kind: 'point' | 'dump' | 'snapshot' | 'version' | 'blob' | 'server' | 'history' | 'report';
  readonly id: string;
  readonly at: number | undefined;
  readonly pins: readonly PlainPin[];
  readonly source: 'automatic' | 'on-demand' | 'instant' | 'export';
  readonly byPerson: boolean;
  readonly servers: readonly string[];
  readonly isBase: boolean;
  readonly condition: 'whole' | 'failed' | 'incomplete' | 'unverified';
  readonly proof: 'unproven' | 'proven' | 'drill-failed';
  readonly marked: boolean;
  /** The point that a dump is part of, or that a report proves. */
  readonly of: string | undefined;
  readonly damaged: boolean;
  readonly current: boolean;
  readonly marks: readonly number[];
  readonly referenced: boolean;
  readonly expiresAt: number | undefined;
  readonly refused: boolean;
  readonly running: boolean;
}

export interface PlainStore {
  readonly switchedOn: boolean;
  readonly undoable: boolean;
  readonly servers: readonly string[];
  readonly hasInstants: boolean;
  readonly unread: boolean;
}

export interface PlainPolicy {
  readonly windowHours: number;
  readonly minimumProven: number;
  readonly ladder: Readonly<Record<string, number>> | undefined;
  readonly marksApartHours: number;
  readonly graceHours: number;
  readonly historyDays: number;
  readonly reportDays: number;
}

/** Everything that is asked about; one store. */
export interface PlainCase {
  readonly items: readonly PlainItem[];
  readonly store: PlainStore;
  readonly policy: PlainPolicy;
  readonly now: number;
  readonly doubts: readonly ('clock' | 'listing' | 'provider')[];
}

const hour = 3_600_000;

/** For each item `decision reason reason …`, the reasons in alphabetical order. */
export function oracle(given: PlainCase): string[] {
  return given.items.map((item) => verdictOf(item, given));
}

function verdictOf(item: PlainItem, given: PlainCase): string {
  if (item.kind === 'history' && item.running) return 'keep still-running';
  if (item.kind === 'version' && item.current) return 'keep current-version';
  if (item.at === undefined) return 'blocked undated';
  if (item.at - given.now > 5 * 60_000) return 'blocked future-dated';
  if (item.kind === 'dump' && !isPinned(item, given) && item.of !== undefined) {
    const whole = given.items.find((one) => one.kind === 'point' && one.id === item.of);
    const fate = whole === undefined ? undefined : verdictOf(whole, given).split(' ')[0];
    if (fate === 'keep') return 'keep part-of-point';
    if (fate === 'expire') return 'expire with-its-point';
    if (fate === 'blocked') return 'blocked point-blocked';
  }
  const keeps = keepReasons(item, item.at, given);
  if (keeps.length > 0) return ['keep', ...keeps.toSorted()].join(' ');
  const blocks = [...ownBlocks(item, given), ...given.doubts];
  if (blocks.length > 0) return ['blocked', ...blocks.toSorted()].join(' ');
  if (item.kind === 'blob') return 'expire unreferenced';
  if (item.kind === 'server') return 'expire leaked';
  return item.kind === 'history' || item.kind === 'report'
    ? 'expire past-own-retention'
    : 'expire past-window';
}

function isPinned(item: PlainItem, { now }: PlainCase): boolean {
  return item.pins.some((pin) => pin.until === undefined || pin.until > now);
}

function keepReasons(item: PlainItem, at: number, given: PlainCase): string[] {
  const { policy, now } = given;
  const reasons: string[] = [];
  const if_ = (is: boolean, reason: string): void => {
    if (is) reasons.push(reason);
  };
  const isByWindow = ['point', 'dump', 'snapshot', 'version', 'blob'].includes(item.kind);
  if_(isByWindow && now - at <= policy.windowHours * hour, 'inside-window');
  if_(isPinned(item, given), 'pinned');
  if (item.kind === 'point') reasons.push(...pointReasons(item, at, given));
  if_((item.kind === 'snapshot' || item.kind === 'version') && item.damaged, 'repair-source');
  if (item.kind === 'blob') reasons.push(...blobReasons(item, given));
  if_(item.kind === 'server' && now <= (item.expiresAt ?? at + 24 * hour), 'inside-time-to-live');
  if_(item.kind === 'history' && now - at <= policy.historyDays * 24 * hour, 'inside-own-retention');
  if_(item.kind === 'report' && now - at <= policy.reportDays * 24 * hour, 'inside-own-retention');
  if_(item.kind === 'report' && isProtectedPoint(item.of, given), 'proof-of-protected');
  return reasons;
}

const isProviders = (item: PlainItem): boolean => item.source === 'automatic' || item.source === 'instant';

/** Something can certainly be restored from it. */
function isGood(item: PlainItem, now: number): boolean {
  if (item.kind !== 'point' || item.at === undefined || item.at > now) return false;
  return item.condition === 'whole' && !item.marked && item.proof !== 'drill-failed';
}

const pointsOf = (server: string, { items }: PlainCase): PlainItem[] =>
  items.filter((one) => one.kind === 'point' && one.servers.includes(server));

const isNewer = (one: PlainItem, than: PlainItem): boolean =>
  (one.at ?? 0) > (than.at ?? 0) || (one.at === than.at && one.id < than.id);

function countsAsProven(item: PlainItem, now: number): boolean {
  return isGood(item, now) && item.proof === 'proven' && !isProviders(item) && !item.byPerson;
}

/** How many proven points of the server are newer; undefined when this one is not proven itself. */
function newerProven(item: PlainItem, server: string, given: PlainCase): number | undefined {
  if (!countsAsProven(item, given.now)) return undefined;
  return pointsOf(server, given).filter((one) => countsAsProven(one, given.now) && isNewer(one, item)).length;
}

function isProtectedPoint(id: string | undefined, given: PlainCase): boolean {
  const found = given.items.find((one) => one.kind === 'point' && one.id === id);
  return found?.servers.some((server) => rankIn(found, server, given) !== undefined) === true;
}

/** The rank among the proven points that must stay. */
function rankIn(item: PlainItem, server: string, given: PlainCase): number | undefined {
  const newer = newerProven(item, server, given);
  return newer !== undefined && newer < given.policy.minimumProven ? newer : undefined;
}

function pointReasons(item: PlainItem, at: number, given: PlainCase): string[] {
  const reasons: string[] = [];
  if (isProviders(item)) reasons.push('providers-own');
  else if (item.byPerson) reasons.push('persons-own');
  const ranks = item.servers.map((server) => rankIn(item, server, given));
  if (ranks.includes(0)) reasons.push('newest-proven');
  else if (ranks.some((rank) => rank !== undefined)) reasons.push('minimum-proven');
  if (item.isBase && item.servers.some((server) => isBaseNeeded(item, at, server, given)))
    reasons.push('chain-needed');
  for (const [rung, count] of Object.entries(given.policy.ladder ?? {}))
    if (item.servers.some((server) => isOnRung(item, server, rung, count, given))) reasons.push('ladder');
  return reasons;
}

/** Needed unless a newer good base was already complete before the window began. */
function isBaseNeeded(item: PlainItem, at: number, server: string, given: PlainCase): boolean {
  const start = given.now - given.policy.windowHours * hour;
  return !pointsOf(server, given).some(
    (one) =>
      one.isBase &&
      one.source === item.source &&
      isGood(one, given.now) &&
      (one.at ?? 0) < start &&
      (one.at ?? 0) > at,
  );
}

/** The newest of its bucket, or the oldest of all, while fewer buckets than the rung keeps are newer. */
function isOnRung(item: PlainItem, server: string, rung: string, count: number, given: PlainCase): boolean {
  const fits = (one: PlainItem): boolean =>
    isGood(one, given.now) && !isProviders(one) && !one.byPerson && one.source === item.source;
  if (!fits(item)) return false;
  const all = pointsOf(server, given).filter(fits);
  const newer = all.filter((one) => one.id !== item.id && isNewer(one, item));
  const buckets = new Set(newer.map((one) => bucketOf(one, rung)));
  const isFirst = !buckets.has(bucketOf(item, rung));
  const isOldest = newer.length === all.length - 1;
  return (isFirst || isOldest) && buckets.size < count;
}

function bucketOf(item: PlainItem, rung: string): string {
  const at = item.at ?? 0;
  const days = Math.floor(at / (24 * hour));
  const date = new Date(at);
  if (rung === 'keepLast') return item.id;
  if (rung === 'keepDaily') return String(days);
  // 1 January 1970 was a Thursday; weeks begin on Monday.
  if (rung === 'keepWeekly') return String(Math.floor((days + 3) / 7));
  if (rung === 'keepMonthly') return `${date.getUTCFullYear()}-${date.getUTCMonth()}`;
  return String(date.getUTCFullYear());
}

function blobReasons(item: PlainItem, { store, policy, now }: PlainCase): string[] {
  const reasons: string[] = [];
  if (item.referenced) reasons.push('referenced');
  if (!store.switchedOn) reasons.push('reported-only');
  const marks = item.marks.filter((mark) => mark <= now);
  const isTwice = marks.some((a) => marks.some((b) => b !== a && b - a >= policy.marksApartHours * hour));
  const wait =
    store.hasInstants && policy.windowHours > policy.graceHours ? policy.windowHours : policy.graceHours;
  if (!isTwice) reasons.push('awaiting-mark');
  else if (!marks.some((mark) => now - mark >= wait * hour)) reasons.push('inside-grace');
  return reasons;
}

function ownBlocks(item: PlainItem, given: PlainCase): string[] {
  const blocks: string[] = [];
  const needsCover = item.kind === 'point' || item.kind === 'dump';
  if (needsCover && !isCovered(item.servers, given)) blocks.push('last-cover');
  if (item.kind === 'blob') {
    if (!given.store.undoable) blocks.push('no-safety-net');
    if (given.store.unread) blocks.push('inventory-unread');
    if (!isCovered(given.store.servers, given)) blocks.push('last-cover');
  }
  if (item.kind === 'server' && item.refused) blocks.push('removal-refused');
  return blocks;
}

function isCovered(servers: readonly string[], given: PlainCase): boolean {
  const covers = (one: PlainItem): boolean =>
    isGood(one, given.now) &&
    given.now - (one.at ?? 0) <= given.policy.windowHours * hour &&
    (isProviders(one) || !one.byPerson);
  return servers.length > 0 && servers.every((server) => pointsOf(server, given).some(covers));
}
