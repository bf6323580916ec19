/**
 * Schedules: a slot's run is started at most once, and a slot that nothing served is told to people: after every
 * undisturbed look of the watch over freshness, what is late has an open alert and what is not has none.
 */
import { DateTime } from 'luxon';
import { instanceIdOf, stampOf } from '../../src/policy/identifiers.ts';
import { secondsOf } from '../../src/policy/objectives.ts';
import { previousSlot } from '../../src/policy/schedule.ts';
import { region, scope, type World } from '../world/world.ts';
import type { Verdict } from './broken.ts';
import type { Records } from './records.ts';

const kinds = ['snapshot', 'scan', 'prune', 'drill'] as const;
const servesNothing = new Set(['dry-run', 'partial', 'failed']);

export class ScheduleRules {
  readonly #world: World;
  readonly #records: Records;
  readonly #verdict: Verdict;
  readonly #started = new Set<string>();
  /** Runs that were started although their slot had ended: by a start that had been held up. */
  readonly #needless = new Set<string>();

  constructor(world: World, records: Records, verdict: Verdict) {
    this.#world = world;
    this.#records = records;
    this.#verdict = verdict;
  }

  /** A run was started under an id: a second time only by a start that was held up while the first one ended. */
  started(id: string, input: unknown): void {
    const must = this.#verdict.must.bind(this.#verdict);
    const claim = [...this.#records.claims.values()].find((one) => one.instanceId === id);
    must(claim !== undefined, 'slot-claimed-first', () => `${id} is started without a claim`);
    const hasEnded = claim?.finished !== undefined;
    must(hasEnded || !this.#started.has(id), 'slot-served-once', () => `${id} is started a second time`);
    this.#started.add(id);
    if (hasEnded) this.#needless.add(id);
    const { slot } = input as { slot: string };
    must(id.endsWith(slot), 'slot-claimed-first', () => `${id} is started for slot ${slot}`);
  }

  /** An orchestration calls an activity: of a slot that has ended it may only find that out, and tell of trouble. */
  acts(id: string, activity: string): void {
    this.#verdict.must(
      !this.#needless.has(id) || /^(?:readSlotEnd|finishSlot|raiseAlert|finalize)/.test(activity),
      'slot-served-once',
      () => `${id} had ended, and goes on to ${activity}`,
    );
  }

  /** After a look that nothing disturbed, by a right clock that never was wrong. */
  lookAtFreshness(): void {
    if (this.#world.clockWasWrong || Math.abs(this.#world.skewMs) > 0) return;
    const now = DateTime.fromMillis(this.#world.timeline.now, { zone: 'utc' });
    const [system] = this.#world.variant.estate.systems;
    for (const kind of kinds) {
      const schedule = system?.schedules[kind];
      if (schedule === undefined) continue;
      const isLate = this.#isLate(kind, schedule, now);
      const isTold = this.#records.openAlert(`${kind}-late`) !== undefined;
      this.#verdict.must(
        !isLate || isTold,
        'late-is-told',
        () => `${kind} is late at ${now.toISO()}, and nobody was told`,
      );
      this.#verdict.must(
        isLate || !isTold,
        'late-is-told',
        () => `${kind} is called late at ${now.toISO()}, and is not`,
      );
    }
  }

  #isLate(kind: string, schedule: Parameters<typeof previousSlot>[0], now: DateTime): boolean {
    const late = secondsOf(schedule.lateAfter);
    const newest = previousSlot(schedule, now);
    if (newest === undefined || newest.toMillis() < this.#watchedSince()) return false;
    const isDue = now.diff(newest).as('seconds') <= late;
    if (!isDue) return !this.#isServed(kind, newest);
    const before = previousSlot(schedule, newest.minus(1));
    const isWatched = before !== undefined && before.toMillis() >= this.#watchedSince();
    return isWatched && !this.#isServed(kind, newest) && !this.#isServed(kind, before);
  }

  /** Slots before the watch began count for nothing. */
  #watchedSince(): number {
    const watch = this.#world.vault.text(`v1/${scope.system}/${region}/watch.json`);
    return watch === undefined ? Infinity : Date.parse((JSON.parse(watch) as { since: string }).since);
  }

  /** Whether a run of this kind at or after the slot came to something. */
  #isServed(kind: string, slot: DateTime): boolean {
    const from = stampOf(slot);
    for (const claim of this.#records.claims.values())
      if (
        claim.kind === kind &&
        claim.slot >= from &&
        claim.finished !== undefined &&
        !servesNothing.has(claim.finished.outcome)
      )
        return true;
    return false;
  }
}

/** The instance of a scheduled slot. */
export const idOfSlot = (kind: string, stamp: string): string => instanceIdOf({ kind, ...scope, stamp });
