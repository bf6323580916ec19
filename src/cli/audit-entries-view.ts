/**
 * The answer to `lifeboat audit list`: an intent and its outcome are one paragraph, the newest first. An intent without an
 * outcome is said to have none: whoever was at it is still, or was cut off.
 */
import { nameOfActor } from '../contracts/actor.ts';
import { continueAction } from '../policy/audit-chain.ts';
import type { AuditOutcomeView, AuditResponse, AuditResult, ListedEntry } from '../contracts/audit.ts';
import { duration, instantText, paragraph, secondsBetween } from './format.ts';
import { palette, type Palette } from './palette.ts';
import type { SummaryOptions } from './summary.ts';

/** Entries; then where to go on, and what cannot be read. */
export function renderEntries(
  { system, region, entries, unreadable, continuation, outcomesThrough }: AuditResponse,
  { width = 100, color = false }: SummaryOptions = {},
): string[] {
  const paint = palette(color);
  const shown = withoutToldOutcomes(entries);
  return [
    ...(shown.length === 0
      ? [`The audit log of ${system} in ${region} has no such entry.`]
      : shown.flatMap((entry) => linesOf(entry, width, paint))),
    ...(shown.some(({ chained }) => !chained)
      ? ['', '–: from before entries were chained; nothing vouches for them.']
      : []),
    ...(outcomesThrough === undefined
      ? []
      : ['', ...paragraph('', `Outcomes behind entry ${outcomesThrough} were not looked for.`, width)]),
    ...(continuation === undefined
      ? []
      : ['', ...paragraph('Older: ', `lifeboat audit list --continuation ${continuation}`, width)]),
    ...(unreadable.length === 0
      ? []
      : ['', paint.bad('Lines that are no entries'), ...unreadable.map((place) => paint.bad(`  ${place}`))]),
  ];
}

/** An outcome stands with its intent where that is shown. */
function withoutToldOutcomes(entries: readonly ListedEntry[]): ListedEntry[] {
  const intents = new Set(
    entries.flatMap((one) => (one.chained && one.stage === 'intent' ? [one.sequence] : [])),
  );
  return entries.filter((one) => !one.chained || one.intent === undefined || !intents.has(one.intent));
}

function linesOf(entry: ListedEntry, width: number, paint: Palette): string[] {
  const number = entry.chained ? String(entry.sequence) : '–';
  const lead = `${instantText(entry.at)}  ${number.padStart(6)}  `;
  const { text, painter } = headOf(entry, paint);
  const failure = failureOf(entry);
  const reason = entry.chained ? entry.reason : undefined;
  const more: readonly (readonly [string, string | undefined])[] = [
    ['by', whoOf(entry)],
    ['on', entry.target === '' ? undefined : entry.target],
    ['why', reason],
    ['but', failure],
  ];
  return [
    ...paragraph(lead, text, width).map(painter),
    ...more.flatMap(([word, said]) =>
      said === undefined ? [] : paragraph(`    ${word.padEnd(4)} `, said, width),
    ),
  ];
}

interface Head {
  readonly text: string;
  readonly painter: (text: string) => string;
}

/** What it is about, and what came of it. */
function headOf(entry: ListedEntry, paint: Palette): Head {
  const plain = (text: string): string => text;
  const { action, stage } = entry;
  if (!entry.chained) return { text: stage === 'outcome' ? `${action}: outcome` : action, painter: plain };
  if (stage === 'outcome') {
    const of = entry.intent === undefined ? '' : ` of entry ${entry.intent}`;
    return {
      text: `${action}: ${wordOf(entry.result)}, the outcome${of}`,
      painter: painterOf(entry.result, paint),
    };
  }
  // It is done by being entered.
  if (action === continueAction) return { text: action, painter: plain };
  const { outcome } = entry;
  if (outcome === undefined) return { text: `${action}: no outcome`, painter: paint.doubtful };
  const after = duration(Math.max(0, secondsBetween(entry.at, outcome.at)));
  return {
    text: `${action}: ${wordOf(outcome.result)} after ${after} (entry ${outcome.sequence})`,
    painter: painterOf(outcome.result, paint),
  };
}

/** Entries from before outcomes had a result say no more than that there is one. */
const wordOf = (result: AuditResult | undefined): string => result ?? 'ended';

function painterOf(result: AuditResult | undefined, paint: Palette): Head['painter'] {
  if (result === 'failed' || result === 'refused') return paint.bad;
  return result === 'unknown' ? paint.doubtful : (text) => text;
}

function failureOf(entry: ListedEntry): string | undefined {
  if (!entry.chained) return undefined;
  const said: Pick<AuditOutcomeView, 'detail'> | undefined =
    entry.stage === 'outcome' ? entry : entry.outcome;
  const { failure, reasons, detail } = said?.detail ?? {};
  const first = [failure, Array.isArray(reasons) ? reasons[0] : undefined, detail].find(
    (one) => typeof one === 'string' && one !== '',
  );
  const result = entry.stage === 'outcome' ? entry.result : entry.outcome?.result;
  return result === 'done' || result === 'begun' ? undefined : (first as string | undefined);
}

function whoOf(entry: ListedEntry): string {
  if (!entry.chained) return entry.actor;
  const { subject, tenant, name, role, function: acting, instance } = entry.actor;
  if (name !== undefined) {
    const id = tenant === undefined ? subject : nameOfActor({ subject, tenant });
    return role === undefined ? `${name} (${id})` : `${name} (${id}, ${role})`;
  }
  const where = [role, tenant, acting, instance].filter((part) => part !== undefined);
  return where.length === 0 ? subject : `${subject} (${where.join(', ')})`;
}
