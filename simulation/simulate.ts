/**
 * One seed: a month of the product in a world that follows from the seed alone. Ends at the first broken invariant, or
 * when the days are over. The same seed and days give the same trace.
 */
import { DailyLife } from './world/daily-life.ts';
import { beginning, World } from './world/world.ts';
import { dayMs } from './world/provider-model.ts';
import { HostProcess } from './engine/host-process.ts';
import { seedEntropy } from './entropy.ts';
import { hostTimers, type HostTimer } from './host-timers.ts';
import type { Broken } from './invariants/broken.ts';
import { Watchers } from './invariants/watchers.ts';
import { Random } from './random.ts';

/** What a seed came to. */
export interface SeedResult {
  readonly seed: number;
  readonly days: number;
  /** SHA-256 over the trace. */
  readonly hash: string;
  readonly events: number;
  readonly broken: Broken | undefined;
  /** The last events before the end, where an invariant was broken. */
  readonly trace: readonly string[];
  readonly workflows: readonly string[];
  readonly deaths: number;
}

const eventsShown = 40;
/** Longer than the shortest time that records are kept. */
const yearOffMs = 370 * dayMs;

/** Runs a seed. */
export async function simulateSeed(seed: number, days: number): Promise<SeedResult> {
  seedEntropy(seed);
  const simulation = new Simulation(seed);
  await simulation.run(days);
  await simulation.watchers.audit.verifies();
  const { world, watchers, deaths } = simulation;
  const { broken } = watchers.verdict;
  return {
    ...{ seed, days, broken, deaths, hash: world.trace.hash(), events: world.trace.length },
    trace: broken === undefined ? [] : world.trace.lastRelevant(eventsShown),
    workflows: [...world.workflowsRun].toSorted(),
  };
}

class Simulation {
  readonly world: World;
  readonly watchers: Watchers;
  readonly #random: Random;
  readonly #ids: Random;
  readonly #life: DailyLife;
  #process: HostProcess | undefined;
  /** Whether something was begun that runs on outside of the timeline. */
  #isStirred = false;
  #day = 0;
  /** Until when nobody starts the host. */
  #offUntil = 0;
  deaths = 0;

  constructor(seed: number) {
    this.world = new World(seed);
    this.watchers = new Watchers(this.world);
    this.#random = new Random(seed, 'driver');
    this.#ids = new Random(seed, 'instances');
    this.#life = new DailyLife(
      this.world,
      () => this.#process,
      (work) => this.#ask(work),
    );
    const { vault } = this.world;
    const look = vault.onWrite;
    vault.onWrite = (path, text, before) => {
      look(path, text, before);
      this.#life.hear(path, text);
    };
    this.#bear();
  }

  /** Lets so many days pass, or fewer if an invariant is broken. */
  async run(days: number): Promise<void> {
    const { timeline } = this.world;
    const { yearOffAfterDay = days } = this.world.variant;
    const end = beginning + days * dayMs + (yearOffAfterDay < days ? yearOffMs : 0);
    this.#beginDay();
    while (this.watchers.verdict.broken === undefined) {
      if (this.#isStirred) await this.#settle();
      if (!timeline.next(end)) break;
      this.#isStirred = true;
    }
  }

  /** What the process has begun goes on until only time can change anything. */
  async #settle(): Promise<void> {
    for (let quiet = 0; quiet < 2;) {
      await new Promise((resolve) => setImmediate(resolve));
      const isBusy = this.#process !== undefined && this.#process.engine.load.turns > 0;
      quiet = isBusy ? 0 : quiet + 1;
    }
    this.#isStirred = false;
  }

  #bear(): void {
    const process = new HostProcess(
      this.world,
      this.watchers,
      () => this.#ids.hex(),
      () => this.#bury(process),
    );
    this.#process = process;
    process.engine.start();
  }

  /** Nobody starts the host for more than a year: whatever was recorded before is then past its days. */
  #goForAYear(): void {
    const { timeline, trace } = this.world;
    trace.add('PERSON leaves the host off for more than a year');
    this.#offUntil = timeline.now + yearOffMs;
    this.#process?.life.die('for more than a year');
  }

  /** The process is gone; another one comes up after a while. */
  #bury(process: HostProcess): void {
    if (this.#process !== process) return;
    this.#process = undefined;
    this.deaths += 1;
    const { timeline } = this.world;
    const pause = this.#random.chance(0.8) ? this.#random.between(1, 60) : this.#random.between(60, 7_200);
    const from = Math.max(timeline.now, this.#offUntil);
    timeline.at(from + pause * 1000, () => this.#bear());
  }

  #beginDay(): void {
    const { timeline, faults, trace } = this.world;
    faults.turn(timeline.now);
    trace.add(`DAY with ${faults.weather.name} weather`);
    this.#life.planDay();
    for (const timer of hostTimers) {
      for (const minute of timer.minutes) this.#plan(timer, minute);
      for (const minute of timer.atTimes) if (this.#random.chance(0.5)) this.#plan(timer, minute);
    }
    timeline.at(timeline.now + 12 * 3_600_000, () => {
      if (faults.wasCalm) this.watchers.servers.lookForLeaks();
    });
    this.#day += 1;
    const isLast = this.#day === this.world.variant.yearOffAfterDay;
    if (isLast) timeline.at(timeline.now + dayMs, () => this.#goForAYear());
    timeline.at(timeline.now + dayMs + (isLast ? yearOffMs : 0), () => this.#beginDay());
  }

  /** A timer fires, late by a little, or not at all, or twice. */
  #plan(timer: HostTimer, minute: number): void {
    const { timeline, faults } = this.world;
    if (faults.happens('timerMissed')) return;
    const times = faults.happens('timerDoubled') ? 2 : 1;
    const at = timeline.now + minute * 60_000 + this.#random.between(0, 5_000);
    for (let time = 0; time < times; time += 1)
      timeline.at(at + time * this.#random.between(0, 9_000), () => this.#fire(timer));
  }

  #fire(timer: HostTimer): void {
    this.world.trace.add(`timer ${timer.name}`);
    const { faults } = this.world;
    this.#ask(async (process) => {
      await timer.run(process);
      if (timer.name === 'freshness' && faults.isCalm && process.life.isAlive)
        this.watchers.schedules.lookAtFreshness();
      if (timer.name === 'signatures' && faults.wasCalm && process.life.isAlive)
        this.watchers.reports.lookForUnsigned();
    });
  }

  /** What fails is told to nobody: a timer's next run, or a person, tries again. */
  #ask(work: (process: HostProcess) => Promise<unknown>): void {
    const process = this.#process;
    if (process !== undefined) void work(process).catch((thrown: unknown) => this.#refused(thrown));
  }

  #refused(thrown: unknown): void {
    this.world.trace.add(
      `refused: ${thrown instanceof Error ? thrown.message.slice(0, 160) : String(thrown)}`,
    );
  }
}
