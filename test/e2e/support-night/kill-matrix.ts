/**
 * Kills the host with SIGKILL at boundaries between the steps of a run, many in each run: after each kill it is started
 * again and goes on by itself. What a run is, and what must hold after it, its owner says.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { kill } from '../support/processes.ts';
import { until } from '../support/until.ts';
import type { Night } from './night.ts';
import type { Pauses, PausePoint } from './pauses.ts';
import { slowOperations } from './surroundings.ts';

/** One run that is killed. */
export interface KilledRun {
  /** Begins it; the app may stand before it answers. */
  readonly begin: () => Promise<string>;
  /** Waits for its end; throws where something was done twice, or not at all. */
  readonly endedWhole: (id: string) => Promise<void>;
}

/** What was killed where, and did not hold; and which boundaries never came up. */
interface Killed {
  readonly broken: string[];
  readonly neverThere: PausePoint[];
}

/** A boundary inside a wait, which ends sooner or later, need not be there in every run. */
const mostTries = 5;
/** At first a run is killed at many boundaries; what did not come up among them has a run of its own. */
const killsOfARun = (tries: number): number => (tries <= 2 ? 8 : 1);
/** How long the provider then takes for each operation, so that every wait for one has all its turns. */
const slowOperationMs = 6_000;

export class KillMatrix {
  readonly #night: Night;
  readonly #pauses: Pauses;
  readonly #kind: string;
  /** Makes the next run; `isSlow` where every wait is to have all its turns. */
  readonly #next: (isSlow: boolean) => Promise<KilledRun>;

  constructor(night: Night, pauses: Pauses, kind: string, next: (isSlow: boolean) => Promise<KilledRun>) {
    [this.#night, this.#pauses, this.#kind, this.#next] = [night, pauses, kind, next];
  }

  /** Kills at each of the boundaries, in as many runs as it takes. */
  async killAt(chosen: readonly PausePoint[]): Promise<Killed> {
    const broken: string[] = [];
    let left: readonly PausePoint[] = chosen;
    for (let tries = 1; tries <= mostTries && left.length > 0; tries += 1)
      left = await this.#killAtEach(left, tries, broken);
    return { broken, neverThere: [...left] };
  }

  /** Returns the boundaries that did not come up. */
  async #killAtEach(
    boundaries: readonly PausePoint[],
    tries: number,
    broken: string[],
  ): Promise<PausePoint[]> {
    const runs = Math.ceil(boundaries.length / killsOfARun(tries));
    const missed: PausePoint[] = [];
    for (let run = 0; run < runs; run += 1) {
      const farApart = boundaries.filter((_, index) => index % runs === run);
      try {
        if (tries > 1) await slowOperations(this.#night, slowOperationMs);
        const notThere = await this.#surviveKillsAt(farApart, tries > 1);
        missed.push(...notThere);
        console.log(
          `${this.#kind} ${run + 1} of ${runs}: ${farApart.length - notThere.length} kills survived`,
        );
      } catch (error) {
        broken.push(`killed at ${JSON.stringify(farApart)}: ${whole(error)}`);
      }
    }
    return missed;
  }

  /** One run that is killed at each of these boundaries, in their order; returns those that did not come up. */
  async #surviveKillsAt(boundaries: readonly PausePoint[], isSlow: boolean): Promise<PausePoint[]> {
    const run = await this.#next(isSlow);
    const [first, ...later] = boundaries;
    this.#pauses.ask(first!);
    const id = await this.#beginWhereItMayStand(run);
    const kills = await this.#killWhereverItStands(id, later);
    await run.endedWhole(id);
    return boundaries.slice(kills);
  }

  /** Begins a run. A host that comes to stand before it has answered has claimed the slot: that names it. */
  async #beginWhereItMayStand(run: KilledRun): Promise<string> {
    const before = await this.#newest();
    const answer = run.begin().catch(() => undefined);
    return until(`a ${this.#kind} has begun`, async () => {
      const id = await Promise.race([answer, sleep(200, undefined)]);
      if (id !== undefined || this.#pauses.standing === undefined) return id;
      const newest = await this.#newest();
      return newest === before ? undefined : newest;
    });
  }

  /** Kills the host where it stands, and at each further boundary; returns how often until the run had ended. */
  async #killWhereverItStands(id: string, later: readonly PausePoint[]): Promise<number> {
    for (let kills = 0; ; kills += 1) {
      if (!(await this.#killWhenStanding(id))) return kills;
      const next = later[kills];
      if (next === undefined) return kills + 1;
      this.#pauses.ask(next); // Before the host is up again.
    }
  }

  /** Kills the host where it stands; false if the run ended without coming there. */
  async #killWhenStanding(id: string): Promise<boolean> {
    const pid = await until('the host stands, or the run has ended', async () => {
      if (this.#pauses.standing !== undefined) return this.#pauses.standing;
      const asked = this.#night.api.operation(id).catch(() => undefined);
      const view = await Promise.race([asked, sleep(500, undefined)]); // A host that stands does not answer.
      return view?.state === 'succeeded' ? 0 : undefined;
    });
    if (pid > 0) kill(pid, 'SIGKILL');
    this.#pauses.release();
    return pid > 0;
  }

  /** The orchestration of the newest slot that was claimed for such a run. */
  async #newest(): Promise<string> {
    const slots = [...(await this.#night.outsider.vaultTexts(this.#night.place.system, 'slots')).values()];
    const claims = slots.map((text) => JSON.parse(text) as { kind: string; instanceId: string });
    return claims.findLast(({ kind }) => kind === this.#kind)?.instanceId ?? '';
  }
}

/** An error with all that was found, which its message shortens. */
const whole = (error: unknown): string =>
  `${String(error)} ${JSON.stringify((error as { readonly actual?: unknown }).actual) ?? ''}`;

/** So many of all, evenly spread; others every day, until each has had its turn. */
export function spread<T>(all: readonly T[], count: number): T[] {
  if (count >= all.length) return [...all];
  const stride = all.length / count;
  const day = Math.floor(Date.now() / 86_400_000);
  return Array.from({ length: count }, (_, index) => {
    const at = Math.floor(index * stride + (day % Math.ceil(stride)));
    return all[Math.min(at, all.length - 1)] as T;
  });
}
