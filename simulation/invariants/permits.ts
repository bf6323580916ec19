/**
 * What people have said stands above every plan: nothing that a legal hold covers is deleted, and of a plan that the
 * brake holds nothing is deleted unless a second person approved that very plan.
 */
import type { PruneInput, PruneItem, PrunePlan } from '../../src/contracts/prune.ts';
import type { World } from '../world/world.ts';
import type { Verdict } from './broken.ts';
import { activityMs, toleranceMs } from './limits.ts';
import { backupId, listedBackups } from './listed-backups.ts';
import type { Records, StandingHold } from './records.ts';

/** A recovery point as a hold may name it; undefined stands for anything else. */
export interface Named {
  readonly ids: readonly string[];
  readonly instants: readonly number[];
}

export class PermitRules {
  readonly #world: World;
  readonly #records: Records;
  readonly #verdict: Verdict;

  constructor(world: World, records: Records, verdict: Verdict) {
    this.#world = world;
    this.#records = records;
    this.#verdict = verdict;
  }

  /** `counts` says which holds were set early enough to be heeded. */
  mustNotBeHeld(what: string, named: Named | undefined, counts: (hold: StandingHold) => boolean): void {
    const holding = [...this.#records.holds.values()].find(
      (one) => this.#isActive(one) && counts(one) && covers(one, named),
    );
    this.#verdict.must(
      holding === undefined,
      'held',
      () => `${what} is deleted although held by ${holding?.hold.id}`,
    );
  }

  /** Some prune at work must have this item to delete, and the leave to do so. */
  mustBeReleased(what: string, isItem: (item: PruneItem) => boolean): void {
    const plans = this.#prunesAtWork().flatMap((input) => this.#plansOf(input));
    const naming = plans.filter(({ plan }) =>
      plan.items.some((item) => item.decision === 'expire' && isItem(item)),
    );
    this.#verdict.must(
      naming.length > 0,
      'planned',
      () => `${what} is deleted, and no plan at work names it`,
    );
    this.#verdict.must(
      naming.some(({ plan, digest }) => !this.#isBraked(plan) || this.#isApproved(digest)),
      'held-plan',
      () => `${what} is deleted by a plan that is held and not approved`,
    );
  }

  /**
   * Looks at a line of the audit log that says that a prune begins from a plan made before: what the plan was to keep
   * must be there still, or it leans on what is gone.
   */
  begins(line: {
    readonly action: string;
    readonly target: string;
    readonly detail: Record<string, unknown>;
  }): void {
    const digest = String(line.detail['plan']);
    const plan = this.#records.plans.get(digest);
    if (line.action !== 'prune' || plan === undefined) return;
    const standing = listedBackups(this.#world, this.#world.timeline.now - activityMs);
    const lost = plan.items.find(
      ({ decision, reasons, backups }) =>
        decision !== 'expire' &&
        // What the provider or a person made goes as they please.
        !reasons.some(({ reason }) => reason === 'providers-own' || reason === 'persons-own') &&
        backups !== undefined &&
        !backups.some(({ server, name }) => standing.has(backupId(server, name))),
    );
    this.#verdict.must(
      lost === undefined,
      'stale-plan',
      () => `a prune begins from a plan that was to keep ${lost?.id}, which is gone`,
    );
  }

  /** More than the estate lets pass, counted here again, or held by the plan's own word. */
  #isBraked({ brake, items, counted = [], left = [] }: PrunePlan): boolean {
    const [system] = this.#world.variant.estate.systems;
    const limits = system?.retention.brake;
    const groups = Map.groupBy(items, groupOf);
    const isPassed = [...groups].some(([group, held]) => {
      // Others are a share of what no plan counts, or are held to other limits.
      if (!/^(?:recovery-point|blob-)/.test(group)) return false;
      const goes = held.filter((item) => item.decision === 'expire').length + sum(left, group);
      const most = group.startsWith('blob-') ? limits?.contentFraction : limits?.fraction;
      return goes / (held.length + sum(left, group) + sum(counted, group)) > (most ?? 1);
    });
    return brake.state === 'held' || isPassed;
  }

  #isActive({ hold }: StandingHold): boolean {
    if (hold.released !== undefined) return false;
    return hold.until === undefined || Date.parse(hold.until) > this.#world.timeline.now + toleranceMs;
  }

  /** The prunes that run, or whose last activity may still be on its way. */
  #prunesAtWork(): PruneInput[] {
    const { hub, timeline, skewMs } = this.#world;
    return hub.instances
      .list({}, Infinity)
      .filter(
        (one) =>
          one.name === 'prune' &&
          (one.status === 'Running' || timeline.now + skewMs - one.updatedAt < activityMs),
      )
      .map((one) => JSON.parse(one.input ?? '{}') as PruneInput)
      .filter((input) => input.dryRun !== true);
  }

  #plansOf({ slot, plan: asked }: PruneInput): { readonly digest: string; readonly plan: PrunePlan }[] {
    return [...this.#records.plans]
      .filter(([digest, plan]) => (asked === undefined ? plan.prune === `prune-${slot}` : digest === asked))
      .map(([digest, plan]) => ({ digest, plan }));
  }

  #isApproved(digest: string): boolean {
    const { timeline, skewMs } = this.#world;
    const approval = this.#records.approvals.get(digest);
    if (approval === undefined || approval.decision !== 'approved' || approval.by === 'lifeboat')
      return false;
    return Date.parse(approval.expiresAt) > timeline.now + skewMs - activityMs;
  }
}

const sum = (counts: readonly { readonly kind: string; readonly count: number }[], of: string): number =>
  counts.filter(({ kind }) => kind === of).reduce((total, { count }) => total + count, 0);

const groupOf = ({ kind, backups = [] }: PruneItem): string =>
  kind.includes('blob') ? kind : `${kind} ${backups.some((one) => one.name.startsWith('auto-'))}`;

function covers({ hold }: StandingHold, named: Named | undefined): boolean {
  const { what } = hold;
  if ('everything' in what) return true;
  if (named === undefined) return false;
  if ('point' in what) return named.ids.includes(what.point);
  return named.instants.some((at) => at >= Date.parse(what.from) && at <= Date.parse(what.to));
}
