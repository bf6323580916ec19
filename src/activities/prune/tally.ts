/**
 * Keeps a look small however much there is: of what is to go the oldest things of each kind, and of everything else how
 * much was decided for which reason, with one example. Things whose ids are watched are listed whatever is decided.
 */
import type { PrunePlan, RetainedKind } from '../../contracts/prune.ts';
import type { CountedDecisions } from '../../policy/retention/brake.ts';
import type { RetentionDecision } from '../../policy/retention/reasons.ts';
import { sentenceOf } from '../../policy/retention/sentences.ts';
import { safetyMargins } from '../../policy/safety-margins.ts';
import type { Found } from './gather.ts';

/** What was decided of a thing, and where it is. */
export interface Judged {
  readonly decision: RetentionDecision;
  readonly found: Found;
}

type Counted = NonNullable<PrunePlan['counted']>[number];
/** Judges things, in their order. */
type Decide = (found: readonly Found[]) => readonly Judged[];

/** What a look came to. */
export interface Tallied {
  readonly listed: readonly Judged[];
  readonly counted: readonly Counted[];
  /** What expires and waits for the next prune. */
  readonly left: readonly CountedDecisions[];
  /** Everything that is not listed. */
  readonly more: readonly CountedDecisions[];
}

/** Judged at once. */
const portion = 1_000;
/** There are few of these: each is listed whatever is decided, so that a plan says all of them. */
const listedWhole: readonly RetainedKind[] = ['drill-server'];

export class Tally {
  readonly #decide: Decide;
  readonly #watched: ReadonlySet<string>;
  readonly #waiting: Found[] = [];
  readonly #listed: Found[] = [];
  readonly #oldest = new Map<RetainedKind, Found[]>();
  readonly #counted = new Map<string, CountedDecisions & Counted & { count: number }>();
  /** What expires and has no room in this plan, by kind and store. */
  readonly #left = new Map<string, { readonly found: Found; count: number }>();

  constructor(decide: Decide, watched: ReadonlySet<string>) {
    this.#decide = decide;
    this.#watched = watched;
  }

  add(found: Found): void {
    this.#waiting.push(found);
    if (this.#waiting.length >= portion) this.#judge();
  }

  /** Judges what is listed once more: by what is known when everything was looked at. */
  end(decide: Decide): Tallied {
    this.#judge();
    const oldest = [...this.#oldest.values()].flatMap((found) => this.#cut(found));
    const listed: Judged[] = [];
    for (const one of decide([...this.#listed, ...oldest]))
      if (this.#isListed(one) || one.decision.decision === 'expire') listed.push(one);
      else this.#count(one);
    const left = this.#leftBy(decide);
    const counted = [...this.#counted.values()];
    return { listed, counted: counted.map(asCounted), left, more: [...counted, ...left] };
  }

  /** What waits for the next prune; what is held back after all is counted with its reason. */
  #leftBy(decide: Decide): CountedDecisions[] {
    return [...this.#left.values()].flatMap(({ found, count }): CountedDecisions[] => {
      const [judged] = decide([found]);
      if (judged?.decision.decision === 'expire')
        return [{ kind: found.item.kind, store: storeOf(found), decision: 'expire', count }];
      if (judged !== undefined) this.#count(judged, count);
      return [];
    });
  }

  #judge(): void {
    for (const one of this.#decide(this.#waiting.splice(0)))
      if (this.#isListed(one)) this.#listed.push(one.found);
      else if (one.decision.decision === 'expire') this.#expired(one.found);
      else this.#count(one);
  }

  #isListed({ found: { item } }: Judged): boolean {
    return listedWhole.includes(item.kind) || this.#watched.has(item.id);
  }

  #expired(found: Found): void {
    const { kind } = found.item;
    const oldest = this.#oldest.get(kind) ?? [];
    oldest.push(found);
    const isFull = oldest.length >= 2 * safetyMargins.contentDeletionsOfPlan;
    this.#oldest.set(kind, isFull ? this.#cut(oldest) : oldest);
  }

  /** The oldest of them; the others are counted as left. */
  #cut(found: Found[]): Found[] {
    const inOrder = found.toSorted((a, b) => timeOf(a) - timeOf(b));
    for (const one of inOrder.splice(safetyMargins.contentDeletionsOfPlan)) {
      const key = `${one.item.kind} ${storeOf(one) ?? ''}`;
      const left = this.#left.get(key);
      if (left === undefined) this.#left.set(key, { found: one, count: 1 });
      else left.count += 1;
    }
    return inOrder;
  }

  #count(judged: Judged, count = 1): void {
    const { decision, found } = judged;
    if (decision.decision === 'expire') return;
    const { kind } = found.item;
    const reason = decision.reasons[0].reason;
    const key = [kind, storeOf(found) ?? '', decision.decision, reason].join(' ');
    const known = this.#counted.get(key);
    if (known !== undefined) {
      known.count += count;
      return;
    }
    const example = `${decision.id} ${sentenceOf(decision)}`;
    const about = { kind, store: storeOf(found), reason, decision: decision.decision };
    this.#counted.set(key, { ...about, count, example });
  }
}

const storeOf = ({ item }: Found): string | undefined => ('store' in item ? item.store : undefined);
const timeOf = ({ item }: Found): number => item.completedAt?.toMillis() ?? Number.NaN;
const asCounted = ({ kind, reason, decision, count, example }: Counted): Counted => ({
  ...{ kind, reason, decision, count, example },
});
