/**
 * People who decide on plans: on repairs and restores that wait for it, and on prunes that the brake holds. They approve soon, late
 * or never, for a long or a short time, reject, or are no second person; then somebody asks for the plan to be carried
 * out, before or after the decision counts.
 */
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { breakGlass, decideRestore } from '../../src/app/restores.ts';
import type { RestoreRequest } from '../../src/contracts/restore-request.ts';
import type { PrunePlan } from '../../src/contracts/prune.ts';
import type { RepairPlan } from '../../src/contracts/repair.ts';
import { canonicalJson } from '../../src/policy/canonical-json.ts';
import type { Random } from '../random.ts';
import { dayMs, isoAt } from './provider-model.ts';
import { region, scope, type World } from './world.ts';
import { personNamed } from './people.ts';

const hour = 3_600_000;
export const pathOf = (rest: string): string => `v1/${scope.system}/${region}/${rest}`;

/** What the host is asked for by those who decide. */
interface Host {
  /** Carries out an approved prune plan. */
  readonly carryOut: (plan: string) => void;
  readonly sayOnRestore: (say: (deps: Dependencies) => Promise<unknown>) => void;
}

export class Deciders {
  readonly #world: World;
  readonly #random: Random;
  readonly #host: Host;

  constructor(world: World, random: Random, host: Host) {
    this.#world = world;
    this.#random = random;
    this.#host = host;
  }

  /** Hears of a document; decides at some time if it is a plan that waits, as far as somebody does. */
  hear(path: string, text: string): void {
    if (path.startsWith(pathOf('restores/')) && path.endsWith('/request.json'))
      return this.#onRestore(JSON.parse(text) as RestoreRequest);
    if (!path.startsWith(pathOf('plans/'))) return;
    const digest = path.slice(path.lastIndexOf('/') + 1, -'.json'.length);
    if (text.includes('"lifeboat/repair-plan/')) this.#onRepair(digest, JSON.parse(text) as RepairPlan);
    else if (text.includes('"lifeboat/prune-plan/')) this.#onPrune(digest, JSON.parse(text) as PrunePlan);
  }

  #onRepair(digest: string, { items }: RepairPlan): void {
    if (items.length === 0 || this.#random.chance(0.2)) return;
    this.#decide(digest, this.#random.between(0, 3 * hour), dayMs);
  }

  #onPrune(digest: string, { brake }: PrunePlan): void {
    const random = this.#random;
    if (brake.state !== 'held' || random.chance(0.4)) return;
    const after = random.chance(0.7) ? random.between(0, 4 * hour) : random.between(4 * hour, 3 * dayMs);
    const lasts = random.pick([20 * 60_000, 4 * hour, dayMs, dayMs, 3 * dayMs]);
    if (random.chance(0.85)) this.#decide(digest, after, lasts);
    const { timeline } = this.#world;
    const asked = random.pick([after + 60_000, after + 60_000, after + hour, after + dayMs, after >> 1]);
    timeline.at(timeline.now + asked, () => this.#host.carryOut(digest));
  }

  /** Soon, late or never; by another person, the same one or the app; or whoever asked goes on alone, mostly in time. */
  #onRestore({ restore, plan }: RestoreRequest): void {
    const random = this.#random;
    const { timeline } = this.#world;
    const after = random.pick([
      ...[60_000, 60_000, 60_000, 10 * 60_000, 10 * 60_000],
      ...[random.between(0, hour), random.between(0, hour), random.between(hour, 30 * hour)],
    ]);
    const how = random.chance(0.05)
      ? 'nobody'
      : random.pick(['api', 'api', 'api', 'vault', 'alone', 'alone']);
    // Past the API, where nobody is asked who he is: often by the one who asked for it.
    const by = random.chance(0.5) ? 'somebody' : this.#decider();
    if (how === 'vault') this.#decide(plan, after, random.pick([0, hour, dayMs]), by);
    if (how === 'nobody' || how === 'vault') return;
    const word = {
      digest: plan,
      reason: 'seen',
      by: how === 'alone' ? personNamed('somebody') : personNamed(this.#decider(), 'approver'),
    };
    const decision = random.pick(['approved', 'approved', 'approved', 'rejected'] as const);
    timeline.at(timeline.now + after, () => {
      this.#world.trace.add(`PERSON ${how} ${decision} ${restore} as ${word.by.subject}`);
      this.#host.sayOnRestore((deps) =>
        how === 'alone'
          ? breakGlass(deps, scope.system, restore, word)
          : decideRestore(deps, scope.system, restore, { ...word, decision }),
      );
    });
  }

  #decider(): string {
    return this.#random.pick(['Head of Shop', 'Head of Shop', 'Head of Shop', 'lifeboat', 'somebody']);
  }

  #decide(digest: string, afterMs: number, lastsMs: number, by = this.#decider()): void {
    const { timeline, vault, trace } = this.#world;
    const decision = this.#random.pick(['approved', 'approved', 'approved', 'rejected']);
    timeline.at(timeline.now + afterMs, () => {
      const said = { decision, by, at: isoAt(timeline.now), reason: 'seen' };
      const expiresAt = isoAt(timeline.now + lastsMs);
      const document = { schema: 'lifeboat/approval/v1', digest, ...scope, ...said, expiresAt };
      trace.add(`PERSON ${decision} ${digest.slice(7, 15)} as ${by}`);
      vault.put(pathOf(`approvals/${digest}.json`), Buffer.from(`${canonicalJson(document)}\n`));
    });
  }
}
