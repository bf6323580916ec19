/**
 * How the command writes quantities and lays out text: durations, ages, bytes, instants, wrapped paragraphs.
 * Widths are columns of a terminal, not characters. Whatever comes from outside goes through `printable`, so that no
 * stored text can move the cursor or colour the screen; colour is put on last, after everything was measured.
 */
import { stripVTControlCharacters } from 'node:util';
import { DateTime } from 'luxon';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** Seconds as a person reads them: `0.8 s`, `42 s`, `4 m 15 s`, `2 h 03 m`, `7 d 04 h`; a whole unit alone: `15 m`. */
export function duration(seconds: number): string {
  if (seconds < 0) return `-${duration(-seconds)}`;
  const tenths = Math.round(seconds * 10) / 10;
  if (tenths < 10) return `${Number.isInteger(seconds) ? seconds : tenths.toFixed(1)} s`;
  if (Math.round(seconds) < MINUTE) return `${Math.round(seconds)} s`;
  if (Math.round(seconds) < HOUR) return twoUnits(seconds, MINUTE, 'm', 1, 's');
  if (Math.round(seconds / MINUTE) < (2 * DAY) / MINUTE) return twoUnits(seconds, HOUR, 'h', MINUTE, 'm');
  return twoUnits(seconds, DAY, 'd', HOUR, 'h');
}

function twoUnits(
  seconds: number,
  large: number,
  largeName: string,
  small: number,
  smallName: string,
): string {
  const smalls = Math.round(seconds / small);
  const perLarge = large / small;
  const rest = smalls % perLarge;
  const whole = `${Math.floor(smalls / perLarge)} ${largeName}`;
  return rest === 0 && seconds % large === 0
    ? whole
    : `${whole} ${String(rest).padStart(2, '0')} ${smallName}`;
}

/** How long ago, in whole seconds; never negative, since clocks of two machines may differ. */
export function age(seconds: number): string {
  return duration(Math.max(0, Math.floor(seconds)));
}

/** The time between two stored instants in seconds. */
export function secondsBetween(from: string, to: string): number {
  return (DateTime.fromISO(to).toMillis() - DateTime.fromISO(from).toMillis()) / 1000;
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes in powers of 1024: `512 B`, `1.5 MiB`. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (Math.round(value * 10) / 10 >= 1024 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${byteUnits[unit]}`;
}

/** A whole number with its thousands apart: `50,000`. */
export function thousands(value: number): string {
  return value.toLocaleString('en-US');
}

/** A stored instant as `2026-03-01 01:30:00Z`. */
export function instantText(instant: string): string {
  return DateTime.fromISO(instant, { zone: 'utc' }).toFormat("yyyy-MM-dd HH:mm:ss'Z'");
}

/** Text without anything that a terminal would act upon; every run of blanks becomes one space. */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/[\p{Bidi_Control}\u{FFF9}-\u{FFFB}]/gu, '')
    .trim();
}

/** The text with every resource id shortened to the resource's own name, which fits into a line and is known to people. */
export function withShortNames(text: string): string {
  return text.replace(
    /\/subscriptions\/[^/\s]+(?:\/resourceGroups\/[^/\s]+)?\/providers\/[^/\s]+\/[^/\s]+\/([\w.()/-]*\w)/gi,
    '$1',
  );
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const wide =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{20000}-\u{3FFFD}])/u;
const invisible = /^[\p{M}\p{Cf}]+$/u;

const segmentsOf = (text: string): string[] => [...graphemes.segment(text)].map((one) => one.segment);
const segmentWidth = (segment: string): number => (invisible.test(segment) ? 0 : wide.test(segment) ? 2 : 1);

/** The columns that a text takes in a terminal. */
export function displayWidth(text: string): number {
  return segmentsOf(text).reduce((sum, segment) => sum + segmentWidth(segment), 0);
}

/** The text cut to a width, its end marked by `…` when something was lost. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  return `${fitting(segmentsOf(text), width - 1)}…`;
}

function fitting(segments: readonly string[], width: number): string {
  let taken = '';
  let used = 0;
  for (const segment of segments) {
    used += segmentWidth(segment);
    if (used > width) break;
    taken += segment;
  }
  return taken;
}

/** The text padded with spaces to a width. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const blank = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + blank : blank + text;
}

/** Breaks a text into lines of at most `width` columns: between words, and inside a word only if it is longer. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of printable(text)
    .split(' ')
    .flatMap((one) => pieces(one, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (displayWidth(longer) > width && line !== '') lines.push(line);
    line = displayWidth(longer) > width ? word : longer;
  }
  return [...lines, line];
}

function pieces(word: string, width: number): string[] {
  const found: string[] = [];
  let rest = word;
  while (displayWidth(rest) > width) {
    const piece = fitting(segmentsOf(rest), width);
    if (piece === '') break;
    found.push(piece);
    rest = rest.slice(piece.length);
  }
  return [...found, rest];
}

/** A wrapped paragraph whose first line begins with `lead` and whose further lines stand below its text. */
export function paragraph(lead: string, text: string, width: number): string[] {
  const indent = displayWidth(lead);
  return wrap(text, Math.max(10, width - indent)).map(
    (line, index) => `${index === 0 ? lead : ' '.repeat(indent)}${line}`,
  );
}
