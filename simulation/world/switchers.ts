/**
 * People who cut over to what was restored, and go back later: another one approves, mostly; at times whoever asked tries
 * to, or nobody looks. Where nothing is ready they have a system restored first. They draw by themselves, so that the other days of a seed stay what they are.
 */
import { decideOn } from '../../src/app/approvals.ts';
import { cancelCutover, planCutover, requestCutover, viewCutovers } from '../../src/app/cutovers.ts';
import { planRestore, requestRestore, viewRestores } from '../../src/app/restores.ts';
import type { CutoverPlanResponse } from '../../src/contracts/api/cutovers.ts';
import type { HostProcess } from '../engine/host-process.ts';
import { Random } from '../random.ts';
import { pathOf } from './decisions.ts';
import { personNamed } from './people.ts';
import { dayMs } from './provider-model.ts';
import { scope, type World } from './world.ts';

const somebody = personNamed('somebody');
const minute = 60_000;

export class Switchers {
  readonly #world: World;
  readonly #random: Random;
  readonly #ask: (work: (process: HostProcess) => Promise<unknown>) => void;

  constructor(world: World, ask: (work: (process: HostProcess) => Promise<unknown>) => void) {
    this.#world = world;
    this.#random = new Random(world.seed, 'cutovers');
    this.#ask = ask;
  }

  /** Somebody looks twice a day: cuts over to a restore that is ready, or goes back. */
  planDay(): void {
    const { timeline } = this.#world;
    for (let look = 0; look < 2; look += 1)
      timeline.at(timeline.now + this.#random.between(0, dayMs), () => this.#look());
  }

  #look(): void {
    const wants = this.#random.chance(0.7);
    const restores = this.#random.chance(0.03);
    this.#ask(async (process) => {
      const { deps } = process.app;
      const { system } = scope;
      const { inForce } = await viewCutovers(deps, system);
      const { restores: known } = await viewRestores(deps, system);
      const ready = known.find(({ end, plan }) => end?.outcome === 'ready' && plan?.tables === undefined);
      if (inForce !== undefined)
        await this.#request(process, await planCutover(deps, { system, back: inForce.cutover, without: [] }));
      else if (wants && ready !== undefined)
        await this.#request(process, await planCutover(deps, { system, restore: ready.id, without: [] }));
      else if (restores) await this.#restore(process);
    });
  }

  async #restore({ app, hub }: HostProcess): Promise<void> {
    const { system } = scope;
    // Heartbeats are written at times alone here: only a point's own is surely in what is restored.
    const [point] = this.#world.vault.list(pathOf('points/')).toReversed();
    if (point === undefined) return;
    const to = (point.split('/').at(-1) ?? '').replace('.json', '');
    const name = `shop-over-${Math.floor(this.#world.timeline.now / 1000)}`;
    this.#world.trace.add(`PERSON asks for a restore to cut over to, into ${name}`);
    const { digest } = await planRestore(app.deps, { system, to, name });
    this.#decideLater(digest);
    const order = { system, plan: digest, confirm: name, reason: 'the data is wrong' };
    await requestRestore(app.deps, hub, order, somebody);
  }

  async #request({ app, hub }: HostProcess, { digest, plan }: CutoverPlanResponse): Promise<void> {
    const { system, name, cutover, direction } = plan;
    this.#world.trace.add(`PERSON asks for ${cutover} ${direction} to ${name}`);
    this.#decideLater(digest);
    this.#cancelLater(cutover);
    const order = { system, plan: digest, confirm: name, reason: 'the data is wrong' };
    await requestCutover(app.deps, hub, order, somebody);
  }

  #decideLater(digest: string): void {
    const random = this.#random;
    const { timeline, trace } = this.#world;
    const who = random.pick([
      'Head of Shop',
      'Head of Shop',
      'Head of Shop',
      'Head of Shop',
      'somebody',
      'nobody',
    ]);
    if (who === 'nobody') return;
    timeline.at(timeline.now + random.between(10_000, 6 * minute), () => {
      trace.add(`PERSON approves ${digest.slice(7, 15)} as ${who}`);
      const by = personNamed(who, 'approver');
      const said = { digest, reason: 'seen', decision: 'approved', by } as const;
      this.#ask(({ app }) => decideOn(app.deps, scope.system, said));
    });
  }

  /** Few are left to wait in vain for as long as a plan is valid; at times one is at work by then. */
  #cancelLater(cutover: string): void {
    const { timeline, trace } = this.#world;
    const at = timeline.now + this.#random.between(3 * minute, 12 * minute);
    if (this.#random.chance(0.03)) return;
    const cancel = (): void => {
      trace.add(`PERSON cancels ${cutover}`);
      const said = { by: somebody, reason: 'a mistake' };
      this.#ask(({ app }) => cancelCutover(app.deps, scope.system, cutover, said));
    };
    timeline.at(at, cancel);
    // The first word may not have been heard.
    timeline.at(at + 30 * minute, cancel);
  }
}
