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

/** Minutes of the day at which runs begin. */
const busyMinutes = [0, 90, 240, 360] as const;

const kindsOfQuestions = 7;

/** Calls by the service that answers them, as they begin. */
const services = {
  vault: /^(?:read|create|replace|list|open|delete|append|FORGET) v1\//,
  provider: /^(?:get|list backups|list servers|list rules|BEGIN|poll) /,
  databases: /^(?:session|query) /,
} as const;

/** A service gives no answer from one instant to another, whoever asks and however often. */
interface Outage {
  readonly service: keyof typeof services;
  readonly from: number;
  readonly until: number;
}

export class Faults {
  readonly #random: Random;
  readonly #climate: (typeof climates)[number];
  weather: Weather = calm;
  #before: Weather = calm;
  /** The kind of questions that restored databases do not answer today. */
  #mute: number | undefined;
  #outage: Outage | undefined;

  constructor(random: Random) {
    this.#random = random;
    this.#climate = random.pick(climates);
  }

  /** A new day's weather, from an instant on: on some days that are not calm a service is down for a while. */
  turn(now: number): void {
    this.#before = this.weather;
    this.weather = weathers[this.#random.pick(this.#climate)];
    this.#outage = undefined;
    if (this.weather !== calm && this.#random.chance(0.2)) {
      const from = now + this.#random.pick(busyMinutes) * 60_000 + this.#random.between(0, 600_000);
      const service = this.#random.pick(['vault', 'vault', 'provider', 'databases'] as const);
      this.#outage = { service, from, until: from + this.#random.between(60_000, 2_400_000) };
    }
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

  /** The fate of a call at an instant, by its label. */
  draw(kind: CallKind, label: string, now: number): Fate {
    const { lost, late, double, death } = this.weather;
    if (this.weather === calm) return 'well';
    if (this.#isDown(label, now)) return 'before';
    let at = this.#random.next();
    if ((at -= death) < 0) return this.#random.chance(0.5) ? 'die-before' : 'die-after';
    if ((at -= lost) < 0) return kind === 'read' || this.#random.chance(0.5) ? 'before' : 'after';
    if ((at -= late) < 0) return 'late';
    if (kind === 'effect' && (at -= double) < 0) return 'double';
    return 'well';
  }

  #isDown(label: string, now: number): boolean {
    if (this.#outage === undefined) return false;
    const { service, from, until } = this.#outage;
    return now >= from && now < until && services[service].test(label);
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
