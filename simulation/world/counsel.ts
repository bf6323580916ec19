/** Counsel: sets legal holds through the product and releases them later, or lets them end; disturbed like any call. */
import type { HoldOrder } from '../../src/activities/hold-orders.ts';
import { releaseHold, setHold } from '../../src/activities/holds.ts';
import type { HostProcess } from '../engine/host-process.ts';
import type { Random } from '../random.ts';
import { pathOf } from './decisions.ts';
import { dayMs, isoAt } from './provider-model.ts';
import { scope, type World } from './world.ts';

export class Counsel {
  readonly #world: World;
  readonly #random: Random;
  readonly #ask: (work: (process: HostProcess) => Promise<unknown>) => void;

  constructor(world: World, random: Random, ask: (work: (process: HostProcess) => Promise<unknown>) => void) {
    this.#world = world;
    this.#random = random;
    this.#ask = ask;
  }

  /** Sets a hold, and plans its release. */
  hold(): void {
    const { timeline, trace } = this.#world;
    const what = this.#subject();
    if (what === undefined) return;
    const lasts = this.#random.between(dayMs / 4, 12 * dayMs);
    const until = this.#random.chance(0.3) ? isoAt(timeline.now + lasts) : undefined;
    trace.add(`PERSON holds ${JSON.stringify(what)}${until === undefined ? '' : ` until ${until}`}`);
    const order = { what, reason: 'case 12', by: 'counsel', ...(until === undefined ? {} : { until }) };
    this.#ask(async ({ app }) => {
      const { hold } = await setHold(app.deps, scope, order);
      trace.add(`hold ${hold.id} stands`);
      if (until === undefined) timeline.at(timeline.now + lasts, () => this.#release(hold.id));
    });
  }

  #release(id: string): void {
    this.#world.trace.add(`PERSON releases ${id}`);
    this.#ask(({ app }) => releaseHold(app.deps, scope, id, { by: 'counsel', reason: 'settled' }));
  }

  #subject(): HoldOrder['what'] | undefined {
    const { vault, timeline } = this.#world;
    const paths = vault.list(pathOf('points/')).slice(-8);
    const kind = this.#random.pick(['point', 'point', 'point', 'time', 'everything'] as const);
    if (kind === 'everything') return { everything: true };
    if (kind === 'point') {
      const path = paths.length === 0 ? undefined : this.#random.pick(paths);
      const point = path?.slice(path.lastIndexOf('/') + 1, -'.json'.length);
      return point === undefined ? undefined : { point };
    }
    const from = timeline.now - this.#random.between(0, 9 * dayMs);
    return { from: isoAt(from), to: isoAt(from + this.#random.between(0, 4 * dayMs)) };
  }
}
