/**
 * How the world is disturbed: each day has its weather, from calm (nothing goes wrong) to a storm, and each call of a
 * port, each activity and each transaction asks it for its fate. All of it follows from the seed.
 */
import type { Random } from './random.ts';

/**
 * What becomes of a call: lost before its effect, its answer lost after it, late, made twice, or the process dies
 * before or after it.
 */
export type Fate = 'well' | 'before' | 'after' | 'late' | 'double' | 'die-before' | 'die-after';

/** `read` changes nothing; `effect` may be made twice by a transport that repeats it; `once` is never repeated. */
export type CallKind = 'read' | 'effect' | 'once';

/** How likely each disturbance of one call is. */
export interface Weather {
  readonly name: string;
  readonly lost: number;
  readonly late: number;
  readonly double: number;
  readonly death: number;
  /** A read that may be a moment old is, and a listing breaks off. */
  readonly stale: number;
  readonly partial: number;
  /** An activity runs twice, or is lost by the platform. */
  readonly again: number;
  readonly activityLost: number;
  /** A timer function does not fire, or fires twice. */
  readonly timerMissed: number;
  readonly timerDoubled: number;
  /** An accepted operation of the provider fails. */
  readonly operationFails: number;
}

const calm: Weather = {
  ...{ name: 'calm', lost: 0, late: 0, double: 0, death: 0, stale: 0, partial: 0, again: 0, activityLost: 0 },
  ...{ timerMissed: 0, timerDoubled: 0, operationFails: 0 },
};

export const weathers = {
  calm,
  breezy: {
    ...{ name: 'breezy', lost: 0.004, late: 0.01, double: 0.004, death: 0.0006, stale: 0.05, partial: 0.004 },
    ...{ again: 0.01, activityLost: 0.002, timerMissed: 0.05, timerDoubled: 0.05, operationFails: 0.02 },
  },
  rough: {
    ...{ name: 'rough', lost: 0.02, late: 0.03, double: 0.02, death: 0.003, stale: 0.3, partial: 0.02 },
    ...{ again: 0.06, activityLost: 0.01, timerMissed: 0.15, timerDoubled: 0.15, operationFails: 0.1 },
  },
  storm: {
    ...{ name: 'storm', lost: 0.1, late: 0.05, double: 0.05, death: 0.01, stale: 0.5, partial: 0.1 },
    ...{ again: 0.15, activityLost: 0.04, timerMissed: 0.4, timerDoubled: 0.2, operationFails: 0.3 },
  },
} as const satisfies Record<string, Weather>;

/** How a seed's days are: mostly calm, mostly disturbed, or anything. */
const climates: readonly (readonly (keyof typeof weathers)[])[] = [
  ['calm', 'calm', 'breezy', 'rough'],
  ['calm', 'breezy', 'breezy', 'rough', 'storm'],
  ['calm', 'calm', 'calm', 'calm', 'storm'],
  ['breezy', 'rough', 'rough', 'storm'],
];

const kindsOfQuestions = 7;

export class Faults {
  readonly #random: Random;
  readonly #climate: (typeof climates)[number];
  weather: Weather = calm;
  #before: Weather = calm;
  /** The kind of questions that restored databases do not answer today. */
  #mute: number | undefined;

  constructor(random: Random) {
    this.#random = random;
    this.#climate = random.pick(climates);
  }

  /** A new day's weather. */
  turn(): void {
    this.#before = this.weather;
    this.weather = weathers[this.#random.pick(this.#climate)];
    this.#mute = this.#random.chance(0.1) ? this.#random.between(0, kindsOfQuestions) : undefined;
  }

  /** Whether this question to a restored database is one that nobody gets an answer to today, whatever the weather. */
  isMute(sql: string): boolean {
    return this.#mute === sql.length % kindsOfQuestions;
  }

  get isCalm(): boolean {
    return this.weather === calm;
  }

  /** Whether nothing has gone wrong yesterday and today. */
  get wasCalm(): boolean {
    return this.weather === calm && this.#before === calm;
  }

  /** The fate of a call. */
  draw(kind: CallKind): Fate {
    const { lost, late, double, death } = this.weather;
    if (this.weather === calm) return 'well';
    let at = this.#random.next();
    if ((at -= death) < 0) return this.#random.chance(0.5) ? 'die-before' : 'die-after';
    if ((at -= lost) < 0) return kind === 'read' || this.#random.chance(0.5) ? 'before' : 'after';
    if ((at -= late) < 0) return 'late';
    if (kind === 'effect' && (at -= double) < 0) return 'double';
    return 'well';
  }

  /** How long something late takes, in milliseconds: seconds mostly, minutes at times. */
  delay(): number {
    return this.#random.chance(0.8)
      ? this.#random.between(500, 20_000)
      : this.#random.between(20_000, 400_000);
  }

  /** How long somebody is held up who asked for something and does not look at it again: often for hours. */
  standstill(): number {
    return this.#random.chance(0.5) ? this.delay() : this.#random.between(20 * 60_000, 6 * 3_600_000);
  }

  happens(what: Exclude<keyof Weather, 'name'>): boolean {
    return this.#random.chance(this.weather[what]);
  }
}
