/**
 * What the product and its libraries take from outside of the ports, made to depend on the seed alone: random ids. And
 * two answers of libraries that cost much and never change, remembered: a schedule's last slot, and the instant of a
 * text. Installed once per thread; seeds of one thread run one after the other.
 */
import { Cron } from 'croner';
import { DateTime, type DateTimeOptions } from 'luxon';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { Random } from './random.ts';

let ids = new Random(0, 'ids');
let isInstalled = false;

/** From now on random ids follow from the seed. */
export function seedEntropy(seed: number): void {
  ids = new Random(seed, 'ids');
  if (isInstalled) return;
  isInstalled = true;
  crypto.randomUUID = () => {
    const hex = ids.hex();
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  };
  syncBuiltinESMExports();
  rememberRuns();
  rememberInstants();
}

/** A run and the one after it: whatever lies between has the first as its previous run. */
interface Gap {
  readonly from: number;
  readonly to: number;
  readonly run: Date;
}

/** The previous run of any instant in a gap between two runs is the same: each gap is searched once. */
function rememberRuns(): void {
  const search = Object.getOwnPropertyDescriptor(Cron.prototype, 'previousRuns')?.value as (
    this: Cron,
    count: number,
    reference: Date,
  ) => Date[];
  const known = new Map<string, Gap[]>();
  Cron.prototype.previousRuns = function previousRuns(this: Cron, count, reference) {
    if (count !== 1 || !(reference instanceof Date)) return search.call(this, count, reference as Date);
    const key = `${this.getPattern()}|${this.options.timezone ?? ''}`;
    const gaps = known.get(key) ?? [];
    known.set(key, gaps);
    const at = reference.getTime();
    const gap = gaps.find(({ from, to }) => from < at && at <= to);
    if (gap !== undefined) return [gap.run];
    const [run] = search.call(this, 1, reference);
    const next = run === undefined ? null : this.nextRun(run);
    if (run === undefined || next === null) return run === undefined ? [] : [run];
    gaps.unshift({ from: run.getTime(), to: next.getTime(), run });
    return [run];
  };
}

/** So many texts are remembered; then they are forgotten, all at once. */
const mostTexts = 5_000;

/** The instant of a text: a `DateTime` never changes, so one may be given to many. */
function rememberInstants(): void {
  const parse = DateTime.fromISO.bind(DateTime);
  const known = new Map<string, DateTime>();
  const remembered = (text: string, options?: DateTimeOptions): DateTime => {
    const key = options === undefined ? text : options.zone === 'utc' ? `utc ${text}` : undefined;
    const found = key === undefined ? undefined : known.get(key);
    if (found !== undefined) return found;
    const made = options === undefined ? parse(text) : parse(text, options);
    if (known.size > mostTexts) known.clear();
    if (key !== undefined) known.set(key, made);
    return made;
  };
  Object.assign(DateTime, { fromISO: remembered });
}
