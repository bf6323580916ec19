/** The answer to `lifeboat report verify`: the verdict first, then every problem, then what held and what was trusted. */
import { paragraph } from './format.ts';
import { palette } from './palette.ts';
import type { SummaryOptions } from './summary.ts';
import type { Problem } from '../verification/findings.ts';

export interface VerificationView {
  readonly file: string;
  readonly verdict: 'verified' | 'not-verified' | 'unknown';
  /** Told of a report whose signature held. */
  readonly report?: {
    readonly id: string;
    readonly number: number;
    readonly system: string;
    readonly region: string;
    readonly finalizedAt: string;
    readonly result: string;
  };
  readonly key?: {
    readonly keyId: string;
    readonly file: string;
    readonly trust: 'given' | 'beside the report';
    readonly source?: string;
  };
  readonly signedAt?: string;
  readonly held: readonly string[];
  readonly notes: readonly string[];
  readonly problems: readonly Problem[];
}

const words = {
  verified: 'VERIFIED',
  'not-verified': 'DOES NOT VERIFY',
  unknown: 'NOT VERIFIED: something could not be found out',
} as const;

/** The lines about a verification. */
export function renderVerification(
  view: VerificationView,
  { width = 100, color = false }: SummaryOptions = {},
): string[] {
  const paint = palette(color);
  const { report, key, verdict } = view;
  const painter = { verified: paint.good, 'not-verified': paint.bad, unknown: paint.doubtful }[verdict];
  const lines = (items: readonly string[]): string[] =>
    items.flatMap((item) => paragraph('  - ', item, width));
  return [
    ...paragraph('', `${words[verdict]}: ${view.file}`, width).map(painter),
    ...lines(view.problems.map(({ kind, detail }) => `${kind}: ${detail}`)).map(painter),
    ...(report === undefined
      ? []
      : paragraph(
          '  ',
          `${report.id}: ${report.result}, ${report.system} in ${report.region}, finalized ${report.finalizedAt}, report ${report.number} of its chain`,
          width,
        )),
    ...(key === undefined
      ? []
      : paragraph(
          '  ',
          `trusted: key ${key.keyId}${key.source === undefined ? '' : ` (${key.source})`}, ${key.trust === 'given' ? 'given by you' : 'found beside the report'}: ${key.file}`,
          width,
        )),
    ...(view.held.length === 0 ? [] : ['Held', ...lines(view.held)]),
    ...(view.notes.length === 0 ? [] : ['To know', ...lines(view.notes)]),
  ];
}
