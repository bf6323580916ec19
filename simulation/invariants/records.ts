/**
 * What the product has written down, followed as it is written: recovery points, the deletion ledger, claims of slots,
 * alerts, legal holds, prune plans. The invariants hold the product's effects against it. What is written is numbered,
 * so that it can be told which of two came first.
 */
import type {
  AlertDocument,
  ApprovalDocument,
  LedgerEntry,
  RecoveryPoint,
  SlotClaim,
} from '../../src/contracts/documents.ts';
import type { HoldDocument } from '../../src/contracts/holds.ts';
import type { PrunePlan } from '../../src/contracts/prune.ts';
import { activityMs } from './limits.ts';

/** An intent of the ledger and when it was entered: the number of the writing, and true time. */
export interface Intent extends LedgerEntry {
  readonly order: number;
  readonly enteredAt: number;
}

/** A hold as it stands, and when it was set (true time, and the number of its writing). */
export interface StandingHold {
  readonly hold: HoldDocument;
  readonly order: number;
  readonly setAt: number;
}

export class Records {
  readonly points = new Map<string, RecoveryPoint>();
  /** When a point last was proven and not doubted (true time). */
  readonly provenUntil = new Map<string, number>();
  /** When a point last was good to restore from as far as anybody knew (true time). */
  readonly soundUntil = new Map<string, number>();
  readonly claims = new Map<string, SlotClaim>();
  readonly alerts = new Map<string, AlertDocument>();
  readonly holds = new Map<string, StandingHold>();
  /** By digest. */
  readonly plans = new Map<string, PrunePlan>();
  readonly approvals = new Map<string, ApprovalDocument>();
  /** The ledger's word of each item that is meant to go: its last intent that no confirmed absence has followed. */
  readonly intents = new Map<string, Intent>();
  /** Items of which the ledger has a confirmed absence. */
  readonly confirmedAbsent = new Set<string>();
  readonly #now: () => number;
  #order = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  write(path: string, text: string): void {
    this.#order += 1;
    const collection = path.split('/')[3];
    if (collection === 'points') this.#point(path, JSON.parse(text) as RecoveryPoint);
    else if (collection === 'slots') this.claims.set(path, JSON.parse(text) as SlotClaim);
    else if (collection === 'alerts') this.alerts.set(path, JSON.parse(text) as AlertDocument);
    else if (collection === 'holds') this.#hold(path, JSON.parse(text) as HoldDocument);
    else if (collection === 'approvals')
      this.approvals.set(nameIn(path), JSON.parse(text) as ApprovalDocument);
    else if (collection === 'plans' && text.includes('"lifeboat/prune-plan/'))
      this.plans.set(nameIn(path), JSON.parse(text) as PrunePlan);
  }

  append(segments: string, lines: readonly string[]): void {
    this.#order += 1;
    if (!segments.endsWith('/ledger/')) return;
    for (const line of lines) {
      const entry = JSON.parse(line) as LedgerEntry;
      if (entry.stage === 'intent') this.#intend(entry);
      if (entry.stage !== 'confirmed-absent') continue;
      this.confirmedAbsent.add(entry.item);
      this.intents.delete(entry.item);
    }
  }

  /** Of two runs of one step side by side the first one's intent counts: what came between may be too late for it. */
  #intend(entry: LedgerEntry): void {
    const before = this.intents.get(entry.item);
    const isBesides = before !== undefined && this.#now() - before.enteredAt < activityMs;
    const first = isBesides ? before : { order: this.#order, enteredAt: this.#now() };
    this.intents.set(entry.item, { ...entry, order: first.order, enteredAt: first.enteredAt });
  }

  /** The points that a backup of a server is part of. */
  pointsOf(server: string, backup: string): RecoveryPoint[] {
    return [...this.points.values()].filter((point) =>
      point.databases.some((part) => part.server === server && part.backup === backup),
    );
  }

  /** An alert that is open under a key. */
  openAlert(key: string): AlertDocument | undefined {
    return [...this.alerts.values()].find((alert) => alert.key === key && alert.resolvedAt === undefined);
  }

  #point(path: string, point: RecoveryPoint): void {
    const was = this.points.get(path);
    if (was !== undefined && isProven(was)) this.provenUntil.set(point.id, this.#now());
    if (was !== undefined && isSound(was)) this.soundUntil.set(point.id, this.#now());
    this.points.set(path, point);
  }

  #hold(path: string, hold: HoldDocument): void {
    const before = this.holds.get(path);
    this.holds.set(path, { order: before?.order ?? this.#order, setAt: before?.setAt ?? this.#now(), hold });
  }
}

const nameIn = (path: string): string => path.slice(path.lastIndexOf('/') + 1, -'.json'.length);

/** Whether nothing speaks against restoring from a point: it is not given up, and no drill has refuted it since. */
export function isSound({ proven, lastDrill, tombstone }: RecoveryPoint): boolean {
  if (tombstone !== undefined) return false;
  if (lastDrill?.result !== 'FAIL') return true;
  // The drill that proved it may have missed an objective, which says nothing against the point.
  return proven !== undefined && Date.parse(lastDrill.at) <= Date.parse(proven.at);
}

/** Whether a point counts as proven: by a drill that no later one has refuted, and not given up. */
export const isProven = (point: RecoveryPoint): boolean => point.proven !== undefined && isSound(point);
