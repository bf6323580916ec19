/** The answers to `lifeboat audit`: entries as a table, and what a verification came to, the verdict first. */
import type { AuditResponse, ListedEntry } from '../contracts/audit.ts';
import type { AuditVerification } from '../verification/audit-log.ts';
import { instantText, paragraph } from './format.ts';
import { palette } from './palette.ts';
import type { SummaryOptions } from './summary.ts';
import { table, type Cell, type Column } from './table.ts';

const columns: readonly Column[] = [
  { header: 'WHEN' },
  { header: 'ENTRY', align: 'right' },
  { header: 'WHO', shrink: true },
  { header: 'WHAT' },
  { header: 'ON WHAT', shrink: true },
];

/** Entries, the newest first, why if somebody said so; then where to go on, and what cannot be read. */
export function renderEntries(
  { system, region, entries, unreadable, next }: AuditResponse,
  { width = 100, color = false }: SummaryOptions = {},
): string[] {
  const paint = palette(color);
  const isUnchained = entries.some(({ chained }) => !chained);
  return [
    ...(entries.length === 0
      ? [`The audit log of ${system} in ${region} has no such entry.`]
      : table(columns, entries.map(rowOf), { width, paintHeader: paint.faint })),
    ...(isUnchained ? ['', '–: from before entries were chained; nothing vouches for them.'] : []),
    ...(next === undefined
      ? []
      : ['', ...paragraph('Older: ', `lifeboat audit list --before ${next}`, width)]),
    ...(unreadable.length === 0
      ? []
      : ['', paint.bad('Lines that are no entries'), ...unreadable.map((place) => paint.bad(`  ${place}`))]),
  ];
}

function rowOf(entry: ListedEntry): Cell[] {
  const { at, action, stage, target } = entry;
  const what = stage === 'outcome' ? `${action}: outcome` : action;
  const reason = entry.chained ? entry.reason : undefined;
  return [
    instantText(at),
    entry.chained ? String(entry.sequence) : '–',
    whoOf(entry),
    what,
    reason === undefined ? target : `${target} (${reason})`,
  ];
}

function whoOf(entry: ListedEntry): string {
  if (!entry.chained) return entry.actor;
  const { subject, tenant, role, function: acting, instance } = entry.actor;
  const where = [role, tenant, acting, instance].filter((part) => part !== undefined);
  return where.length === 0 ? subject : `${subject} (${where.join(', ')})`;
}

/** A verification, where the files came from, and who vouches for the keys. */
export interface AuditVerificationView extends AuditVerification {
  readonly source: string;
  readonly trust: 'given' | 'beside the log';
}

const words = {
  verified: 'VERIFIED',
  'not-verified': 'DOES NOT VERIFY',
  unknown: 'NOT VERIFIED: no checkpoint stands for it',
} as const;

/** The lines about a verification. */
export function renderAuditVerification(
  view: AuditVerificationView,
  { width = 100, color = false }: SummaryOptions = {},
): string[] {
  const paint = palette(color);
  const { verdict, system, region, source, problems, problemCount } = view;
  const painter = { verified: paint.good, 'not-verified': paint.bad, unknown: paint.doubtful }[verdict];
  const told = problems.map(({ kind, place, detail }) => `${kind}, ${place}: ${detail}`);
  const untold = problemCount - problems.length;
  return [
    ...paragraph('', `${words[verdict]}: the audit log of ${system} in ${region}, ${source}`, width).map(
      painter,
    ),
    ...[...told, ...(untold > 0 ? [`and ${untold} more`] : [])].flatMap((one) =>
      paragraph('  - ', one, width).map(painter),
    ),
    ...paragraph('  ', figuresOf(view), width),
    ...Object.entries(view.keys).flatMap(([id, count]) =>
      paragraph('  ', `key ${id}: ${count} checkpoints, ${trustText[view.trust]}`, width),
    ),
    ...(view.notes.length === 0
      ? []
      : ['To know', ...view.notes.flatMap((note) => paragraph('  - ', note, width))]),
  ];
}

const trustText = {
  given: 'given by you',
  'beside the log': 'found beside the log: nobody vouches for it',
} as const;

function figuresOf({
  entries,
  first,
  last,
  lastAt,
  signedThrough,
  signedAt,
  checkpoints,
}: AuditVerification): string {
  if (entries === 0) return 'no entries';
  const newest = lastAt === undefined ? '' : `, the newest of ${instantText(lastAt)}`;
  const signed =
    signedAt === undefined
      ? 'none of them signed'
      : `signed up to entry ${signedThrough} at ${instantText(signedAt)} (${checkpoints} checkpoints)`;
  return `${entries} entries, ${first} to ${last}${newest}; ${signed}`;
}
