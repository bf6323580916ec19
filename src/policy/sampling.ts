/**
 * Which items of a long list are looked at when not all of them are: a simple random sample without replacement, drawn
 * item by item in the order of the list (selection sampling), and what such a sample can say. The same seed draws the
 * same sample again, so that a look that was broken off goes on with it and a reader can draw it anew.
 */
import { createHash } from 'node:crypto';

/** How many blobs and signatures a drill looks at, unless the estate says otherwise. */
export const defaultSamples = { atMost: 100_000 } as const;

/** How many items there are, how many may be looked at, and what the sample is drawn by. */
export interface SampleOrder {
  readonly total: number;
  readonly atMost: number;
  readonly seed: string;
}

/** How many items are looked at. */
export function sampleSize({ total, atMost }: SampleOrder): number {
  return Math.min(total, Math.max(1, atMost));
}

/** Whether the item at `index` is drawn, when `drawn` of the items before it were. */
export function isDrawn(order: SampleOrder, index: number, drawn: number): boolean {
  const needed = sampleSize(order) - drawn;
  const left = order.total - index;
  if (needed <= 0) return false;
  return needed >= left || uniform(order.seed, index) * left < needed;
}

/** A number from 0 to below 1 that only the seed and the place decide. */
function uniform(seed: string, index: number): number {
  return createHash('sha256').update(`${seed}/${index}`).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** One of `count` places, which the seed alone decides: 0 for none or one. */
export function drawIndex(seed: string, count: number): number {
  return Math.floor(uniform(seed, 0) * count);
}

/**
 * The places of `count` items in a random order that the seed alone decides: however many of the first are taken, they
 * are a random sample without replacement.
 */
export function drawOrder(seed: string, count: number): number[] {
  return Array.from({ length: count }, (_, index) => ({ index, at: uniform(seed, index) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ index }) => index);
}

/** The probability that a sample holds at least one of the damaged items, if `damaged` of `total` are. */
export function detection(total: number, sampled: number, damaged: number): number {
  if (damaged <= 0 || sampled <= 0) return 0;
  if (sampled + damaged > total) return 1;
  // The same product either way round; the shorter one is computed.
  const [few, many] = [Math.min(sampled, damaged), Math.max(sampled, damaged)];
  let missed = 0;
  for (let index = 0; index < few; index += 1) missed += Math.log1p(-many / (total - index));
  return -Math.expm1(missed);
}

/** The share of damage that samples are told by. */
const shareTold = 0.001;

/** What was looked at, and how sure that makes: all of them, or a sample with the damage it would have found. */
export function coverageSentence(what: string, order: SampleOrder): string {
  const sampled = sampleSize(order);
  const { total, seed } = order;
  if (sampled === total) return `all ${total} ${what}`;
  const damaged = Math.ceil(total * shareTold);
  const found = detection(total, sampled, damaged);
  return `a random sample of ${sampled} of ${total} ${what} (seed ${seed}): if 0.1 % of them were damaged, it would have found one with a probability of ${percentOf(found)}`;
}

/** A probability in percent, never rounded up: what is not certain is not called so. */
function percentOf(probability: number): string {
  if (probability > 0.9999) return 'more than 99.99 %';
  return `${(Math.floor(probability * 10_000) / 100).toFixed(2)} %`;
}

/** The measured values that go with the sentence. */
export function coverageMeasured(order: SampleOrder): Record<string, number | string> {
  const { total, seed } = order;
  const sampled = sampleSize(order);
  if (sampled === total) return { inTotal: total, lookedAt: sampled };
  const found = detection(total, sampled, Math.ceil(total * shareTold));
  return { inTotal: total, lookedAt: sampled, seed, findsOneInAThousand: found };
}
