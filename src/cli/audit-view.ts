/** The answer to `lifeboat audit verify`: what a verification came to, the verdict first. */
import type { AuditVerification } from '../verification/audit-log.ts';
import { instantText, paragraph } from './format.ts';
import { palette } from './palette.ts';
import type { SummaryOptions } from './summary.ts';

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
