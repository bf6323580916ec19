/**
 * Answers of libraries that cost much and never change are remembered: a schedule's last slot, the instant and the
 * duration of a text, whether a signature is one, a document of the vault as it was read and checked. What is given to many is frozen: whoever
 * changed it would fail instead of changing it for others.
 */
import crypto, { type KeyObject } from 'node:crypto';
import { Cron } from 'croner';
import { DateTime, Duration, type DateTimeOptions } from 'luxon';
import type { ZodType } from 'zod';

/** So many texts are remembered; then they are forgotten, all at once. */
const mostTexts = 5_000;

/** A run and the one after it: whatever lies between has the first as its previous run. */
interface Gap {
  readonly from: number;
  readonly to: number;
  readonly run: Date;
}

/** The previous run of any instant in a gap between two runs is the same: each gap is searched once. */
export function rememberRuns(): void {
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

/** The instant of a text, and how long a text says: neither ever changes, so one may be given to many. */
export function rememberTimes(): void {
  const parse = DateTime.fromISO.bind(DateTime);
  const known = new Map<string, DateTime>();
  const instant = (text: string, options?: DateTimeOptions): DateTime => {
    const key = options === undefined ? text : options.zone === 'utc' ? `utc ${text}` : undefined;
    const found = key === undefined ? undefined : known.get(key);
    if (found !== undefined) return found;
    const made = options === undefined ? parse(text) : parse(text, options);
    if (known.size > mostTexts) known.clear();
    if (key !== undefined) known.set(key, made);
    return made;
  };
  Object.assign(DateTime, { fromISO: instant });
  const measure = Duration.fromISO.bind(Duration);
  const lengths = new Map<string, Duration>();
  const duration = (text: string, ...options: []): Duration => {
    const made = lengths.get(text) ?? measure(text, ...options);
    if (options.length === 0) lengths.set(text, made);
    return made;
  };
  Object.assign(Duration, { fromISO: duration });
}

/** A key in its public form is made ready once, and whether something is a signature by it never changes. */
export function rememberSignatures(): void {
  const make = crypto.createPublicKey;
  const keys = new Map<string, KeyObject>();
  crypto.createPublicKey = (given) => {
    const name = JSON.stringify(given);
    const key = keys.get(name) ?? make(given);
    keys.set(name, key);
    return key;
  };
  const verify = crypto.verify as (...about: Verified) => boolean;
  const known = new WeakMap<KeyObject, Map<string, boolean>>();
  const remembered = (...about: Verified): boolean => {
    const [algorithm, bytes, { key, dsaEncoding }, signature] = about;
    const answers = known.get(key) ?? new Map<string, boolean>();
    known.set(key, answers);
    const name = `${algorithm} ${dsaEncoding} ${bytes.toString('latin1')} ${signature.toString('latin1')}`;
    const answer = answers.get(name) ?? verify(...about);
    if (answers.size > mostTexts) answers.clear();
    answers.set(name, answer);
    return answer;
  };
  Object.assign(crypto, { verify: remembered });
}

type Verified = [
  algorithm: string,
  bytes: Buffer,
  by: { readonly key: KeyObject; readonly dsaEncoding: string },
  signature: Buffer,
];

/** What every document of the vault holds. */
const mark = '"schema":"lifeboat/';
/** How the trigger of an orchestration begins: it holds documents, and never comes again. */
const trigger = '{"history":';

const isDocument = (text: string): boolean =>
  text.startsWith('{') && !text.startsWith(trigger) && text.includes(mark);

/** The same text is parsed once. */
export function rememberTexts(): void {
  const parse = JSON.parse;
  const known = new Map<string, unknown>();
  JSON.parse = (text: string, reviver?: undefined) => {
    const found = reviver === undefined ? known.get(text) : undefined;
    if (found !== undefined) return found;
    const value: unknown = parse(text, reviver);
    if (reviver !== undefined || !isDocument(text)) return value;
    if (known.size > mostTexts) known.clear();
    known.set(text, frozen(value));
    return value;
  };
}

/** A document that was parsed once is checked once by each schema. */
export function rememberChecks(schemas: Iterable<unknown>): void {
  for (const schema of schemas) if (isSchema(schema)) rememberCheck(schema);
}

function rememberCheck(schema: ZodType): void {
  const check = schema.safeParse.bind(schema);
  const known = new WeakMap<object, ReturnType<typeof check>>();
  schema.safeParse = (value, ...more) => {
    if (typeof value !== 'object' || value === null || !Object.isFrozen(value)) return check(value, ...more);
    const found = known.get(value);
    if (found !== undefined) return found;
    const result = check(value, ...more);
    if (result.success) known.set(value, { ...result, data: frozen(result.data) });
    return result;
  };
}

const isSchema = (value: unknown): value is ZodType =>
  typeof value === 'object' && value !== null && '_zod' in value && 'safeParse' in value;

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
