/**
 * NCRONTAB as Azure Functions reads it, in UTC: six fields (seconds first; five mean second 0) and *all* fields must
 * match, the day of the month and the weekday too, where other crons take either. A time span (`hh:mm:ss`) is an
 * interval.
 */
import { parseTimeSpan } from '../durable/engine-parts.ts';

/** When a timer runs. */
export interface Schedule {
  /** The first run after this instant, both epoch milliseconds. */
  next(after: number): number;
}

interface Field {
  readonly name: string;
  readonly lowest: number;
  readonly highest: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const FIELDS: readonly Field[] = [
  { name: 'second', lowest: 0, highest: 59 },
  { name: 'minute', lowest: 0, highest: 59 },
  { name: 'hour', lowest: 0, highest: 23 },
  { name: 'day', lowest: 1, highest: 31 },
  { name: 'month', lowest: 1, highest: 12, names: MONTHS },
  { name: 'weekday', lowest: 0, highest: 6, names: WEEKDAYS },
];

/** Leap days on a given weekday lie at most 40 years apart (around 2100). */
const HORIZON_YEARS = 40;

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Parses an expression; throws naming the field and what is allowed. */
export function parseNcrontab(expression: string): Schedule {
  const text = expression.trim();
  if (/^(\d+\.)?\d+:\d+:\d+$/.test(text)) return intervalSchedule(text);
  const parts = text.split(/\s+/);
  const all = parts.length === 5 ? ['0', ...parts] : parts;
  if (all.length !== FIELDS.length) {
    throw new Error(
      `"${expression}" is not an NCRONTAB expression: it needs six fields (second minute hour day month weekday).`,
    );
  }
  const matches = FIELDS.map((field, index) => parseField(field, all[index] ?? ''));
  return { next: (after) => findNext(matches, after, expression) };
}

function intervalSchedule(text: string): Schedule {
  const interval = parseTimeSpan(text);
  if (interval === 0) throw new Error(`"${text}" is an interval of no length.`);
  return { next: (after) => after + interval };
}

function parseField(field: Field, text: string): ReadonlySet<number> {
  return new Set(text.split(',').flatMap((part) => expandPart(field, part)));
}

function expandPart(field: Field, part: string): number[] {
  const match = /^(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/i.exec(part);
  const [, from = '', to, stepText] = match ?? [];
  const step = stepText === undefined ? 1 : Number(stepText);
  if (match === null || step < 1 || (from === '*' && to !== undefined)) {
    throw new Error(`"${part}" is not a valid ${field.name} in an NCRONTAB expression.`);
  }
  if (from === '*') return range(field.lowest, field.highest, step);
  const first = parseValue(field, from);
  const last = to !== undefined ? parseValue(field, to) : stepText === undefined ? first : field.highest;
  return range(Math.min(first, last), Math.max(first, last), step);
}

function range(first: number, last: number, step: number): number[] {
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step);
}

function parseValue(field: Field, text: string): number {
  const named = field.names?.indexOf(text.slice(0, 3).toLowerCase()) ?? -1;
  const value = /^\d+$/.test(text) ? Number(text) : named < 0 ? Number.NaN : named + field.lowest;
  if (value >= field.lowest && value <= field.highest) return value;
  throw new Error(
    `"${text}" is not a ${field.name}: an NCRONTAB expression allows ${field.lowest} to ${field.highest}.`,
  );
}

/** Skips to the beginning of the next unit of the largest field that does not match. */
function findNext(fields: readonly ReadonlySet<number>[], after: number, expression: string): number {
  const [seconds, minutes, hours, days, months, weekdays] = fields;
  const end = Date.UTC(new Date(after).getUTCFullYear() + HORIZON_YEARS, 0);
  let at = startOf(after, SECOND_MS) + SECOND_MS;
  while (at < end) {
    const date = new Date(at);
    if (!months?.has(date.getUTCMonth() + 1)) at = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
    else if (!days?.has(date.getUTCDate()) || !weekdays?.has(date.getUTCDay()))
      at = startOf(at, DAY_MS) + DAY_MS;
    else if (!hours?.has(date.getUTCHours())) at = startOf(at, HOUR_MS) + HOUR_MS;
    else if (!minutes?.has(date.getUTCMinutes())) at = startOf(at, MINUTE_MS) + MINUTE_MS;
    else if (!seconds?.has(date.getUTCSeconds())) at += SECOND_MS;
    else return at;
  }
  throw new Error(`"${expression}" never occurs.`);
}

/** UTC has no daylight saving: days, hours and minutes begin at multiples. */
function startOf(at: number, unitMs: number): number {
  return Math.floor(at / unitMs) * unitMs;
}
