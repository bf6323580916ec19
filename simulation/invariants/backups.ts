/**
 * Backups: none inside the window is deleted (but for its slot, where its day is covered), none that is pinned or held,
 * never too many of the proven ones, none without a word in the ledger first, nothing twice, nothing by a wrong clock.
 */
import type { RecoveryPoint } from '../../src/contracts/documents.ts';
import type { ProviderEffect } from '../world/provider-parts.ts';
import { dayMs } from '../world/provider-model.ts';
import type { World } from '../world/world.ts';
import type { Verdict } from './broken.ts';
import { activityMs, isOwnName, toleranceMs, windowMs } from './limits.ts';
import { backupId, hasAllParts, listedBackups } from './listed-backups.ts';
import type { Named, PermitRules } from './permits.ts';
import { isProven, isSound, type Records } from './records.ts';

export class BackupRules {
  readonly #world: World;
  readonly #records: Records;
  readonly #verdict: Verdict;
  readonly #permits: PermitRules;

  constructor(world: World, records: Records, verdict: Verdict, permits: PermitRules) {
    this.#world = world;
    this.#records = records;
    this.#verdict = verdict;
    this.#permits = permits;
  }

  /** Looks at an effect before it happens. */
  look(effect: ProviderEffect): void {
    if (effect.kind === 'backup') this.#mustBeNew(effect.server, effect.name);
    else if (effect.kind === 'delete-backup') this.#mayDelete(effect.server, effect.name);
  }

  #mustBeNew(server: string, name: string): void {
    const standing = listedBackups(this.#world).has(backupId(server, name));
    this.#verdict.must(!standing, 'no-effect-twice', () => `the backup ${name} is taken although it stands`);
    this.#verdict.must(
      !this.#records.confirmedAbsent.has(backupId(server, name)),
      'no-effect-twice',
      () => `the backup ${name} was deleted, and is taken again`,
    );
  }

  #mayDelete(server: string, name: string): void {
    const must = this.#verdict.must.bind(this.#verdict);
    const { timeline, provider } = this.#world;
    const listed = provider.backupsSince(server, timeline.now - activityMs);
    const found = listed.find((one) => one.name === name);
    const at = found?.completedAt.toMillis() ?? 0;
    const entry = this.#records.intents.get(backupId(server, name));
    must(isOwnName(name), 'only-own-backups', () => `${name} is not of the product's making`);
    must(
      entry !== undefined && entry.reason.length > 3,
      'ledger-before-deletion',
      () => `${name} is deleted, and the ledger does not say that it was to be, and why`,
    );
    const isForSlot = entry?.reason.startsWith('slot') === true;
    const age = timeline.now - at;
    const day = Math.floor(at / dayMs);
    const isCovered = listed.some(
      (one) => one.kind === 'automatic' && Math.floor(one.completedAt.toMillis() / dayMs) === day,
    );
    must(
      isForSlot || age >= windowMs - toleranceMs,
      'window',
      () =>
        `${name} is deleted ${(age / 3_600_000).toFixed(2)} hours old, inside the window: ${entry?.reason}`,
    );
    must(
      !isForSlot || isCovered,
      'slot-needs-cover',
      () => `${name} is given up; its day has no automatic backup`,
    );
    this.#mustKnowTheTime(`backup ${name}`);
    this.#mayLose(server, name, at);
    if (isForSlot) return;
    this.#mustBeCovered(name);
    this.#permits.mustBeReleased(
      name,
      (item) => item.backups?.some((one) => one.name === name && one.server === server) === true,
    );
  }

  /** Something inside the window that can be restored from must be there before anything past it goes. */
  #mustBeCovered(name: string): void {
    const { timeline } = this.#world;
    const standing = this.#standing();
    const cover = [...this.#records.points.values()].some(
      (one) =>
        (isSound(one) || (this.#records.soundUntil.get(one.id) ?? 0) > timeline.now - activityMs) &&
        hasAllParts(one, standing) &&
        one.databases.every(
          (part) =>
            part.backup !== name &&
            timeline.now - Date.parse(part.completedAt) <= windowMs + activityMs + toleranceMs,
        ),
    );
    this.#verdict.must(cover, 'last-cover', () => `${name} is deleted, and nothing covers the window`);
  }

  #mustKnowTheTime(what: string): void {
    const { clockIsWrongSince, timeline, skewMs } = this.#world;
    const isWrong = clockIsWrongSince !== undefined && timeline.now - clockIsWrongSince > activityMs;
    this.#verdict.must(
      !isWrong,
      'clock',
      () => `${what} is deleted by a clock that is off by ${skewMs / 1000} s`,
    );
  }

  #mayLose(server: string, name: string, completedAt: number): void {
    const must = this.#verdict.must.bind(this.#verdict);
    const now = this.#world.timeline.now;
    const points = this.#records.pointsOf(server, name);
    for (const point of points) {
      must(
        point.tombstone !== undefined,
        'marked-before-deletion',
        () => `${point.id} is not marked, and its backup goes`,
      );
      const pin = point.pins.find(
        (one) => one.until === undefined || Date.parse(one.until) > now + toleranceMs,
      );
      must(pin === undefined, 'pinned', () => `${point.id} is deleted although pinned: ${pin?.reason}`);
    }
    const order = this.#records.intents.get(backupId(server, name))?.order ?? 0;
    // Who sets a hold after the intent may come too late: the mark then tells of it.
    this.#permits.mustNotBeHeld(name, namedBy(points, name, completedAt), (hold) => hold.order < order);
  }

  /** A point is given up as soon as it is marked: as many proven ones as must be are then left without it. */
  looksAtMark(point: RecoveryPoint, was: RecoveryPoint): void {
    if (point.tombstone === undefined || was.tombstone !== undefined || !isProven(was)) return;
    const standing = this.#standing();
    // What has just gone by itself is not given up: the mark says that it was found gone.
    const wasFoundGone = point.tombstone.confirmedAbsentAt !== undefined;
    if (!hasAllParts(point, wasFoundGone ? listedBackups(this.#world) : standing)) return;
    const [system] = this.#world.variant.estate.systems;
    const left = this.#provenWithout(point).length;
    this.#verdict.must(
      left >= (system?.retention.minimumProven ?? 1),
      'minimum-proven',
      () => `${point.id} is given up, and ${left} proven point(s) are left`,
    );
  }

  /** The proven points that something can be restored from, but for one. */
  #provenWithout(point: RecoveryPoint): RecoveryPoint[] {
    const { timeline } = this.#world;
    const standing = this.#standing();
    const wasProven = ({ id }: RecoveryPoint): boolean =>
      (this.#records.provenUntil.get(id) ?? 0) > timeline.now - activityMs;
    return [...this.#records.points.values()].filter(
      (one) =>
        one.id !== point.id &&
        (isProven(one) || (one.tombstone === undefined && wasProven(one))) &&
        hasAllParts(one, standing),
    );
  }

  /** What is listed, or was when the product looked. */
  #standing(): ReturnType<typeof listedBackups> {
    return listedBackups(this.#world, this.#world.timeline.now - activityMs);
  }
}

/** A backup that no point knows is named as its point would have been. */
function namedBy(points: readonly RecoveryPoint[], name: string, completedAt: number): Named {
  if (points.length === 0)
    return { ids: [name.replace(/^lifeboat-/, 'on-demand-')], instants: [completedAt] };
  return { ids: points.map(({ id }) => id), instants: points.map(({ instant }) => Date.parse(instant)) };
}
