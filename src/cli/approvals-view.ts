/** The answers to `lifeboat approvals`, `approve` and `reject`: what waits, what it would do, and what is done next. */
import type { ApprovalView, DecisionResponse } from '../contracts/api/approvals.ts';
import { instantText, paragraph } from './format.ts';
import { palette } from './palette.ts';
import type { SummaryOptions } from './summary.ts';

/** Everything that waits, one after the other. */
export function renderApprovals(approvals: readonly ApprovalView[], options: SummaryOptions = {}): string[] {
  if (approvals.length === 0) return ['Nothing waits for a decision.'];
  return approvals.flatMap((one, index) => [...(index === 0 ? [] : ['']), ...renderApproval(one, options)]);
}

/** One of them, with the command that decides on it, unless that is being typed. */
export function renderApproval(
  one: ApprovalView,
  options: SummaryOptions & { readonly isBeingDecided?: boolean } = {},
): string[] {
  const width = options.width ?? 100;
  const { id, kind, system, region, digest, since, expiresAt } = one;
  const name = kind === 'estate' ? 'the weaker estate' : id;
  const until = expiresAt === undefined ? '' : `, until ${instantText(expiresAt)}`;
  const said: readonly (readonly [string, string])[] = [
    ['would:    ', one.summary],
    ['who:      ', one.requested],
    ['decision: ', one.closed ?? one.standing],
    ['since:    ', `${instantText(since)}${until}`],
    ['digest:   ', digest],
  ];
  return [
    ...paragraph('', `${name} of ${system} in ${region}`, width).map(palette(options.color ?? false).strong),
    ...said.flatMap(([lead, text]) => paragraph(`  ${lead}`, text, width)),
    ...(options.isBeingDecided === true ? [] : decidingLines(one)),
    ...linesOf(one, width),
  ];
}

/** Unbroken, so that it can be pasted; without a reason it decides nothing. */
const decidingLines = (one: ApprovalView): string[] => [
  '  decide, or reject instead of approve, with your reason at the end:',
  `    lifeboat approve ${one.id} \\`,
  `      ${scopeOf(one)} --reason`,
];

/** Thing by thing, where one is shown by itself. */
function linesOf({ lines = [], more }: ApprovalView, width: number): string[] {
  if (lines.length === 0) return [];
  const rest = more === undefined ? [] : [`  and ${more} more, which stand in the plan in the vault`];
  return ['', ...lines.flatMap((line) => paragraph('  - ', line, width)), ...rest];
}

const scopeOf = ({ system, region }: Pick<ApprovalView, 'system' | 'region'>): string =>
  `--system ${system} --region ${region}`;

/** What was decided, in a sentence. */
export function decisionText({ id, kind, decision, expiresAt }: DecisionResponse): string {
  const what = kind === 'estate' ? 'the weaker estate' : id;
  if (decision === 'rejected') return `${what} is rejected; ${unless[kind]}.`;
  return `${what} is approved${expiresAt === undefined ? '' : `, which counts until ${instantText(expiresAt)}`}.`;
}

const unless = {
  prune: 'nothing of it is deleted',
  repair: 'nothing of it is written',
  estate: 'what was approved before goes on to hold',
  restore: 'nothing is restored',
  cutover: 'no hook of it is run',
} as const;

/** What is done next, for standard error; undefined where nothing is. */
export function nextText(
  { kind, decision, digest, operation }: DecisionResponse,
  scope: Pick<ApprovalView, 'system' | 'region'>,
): string | undefined {
  if (operation !== undefined) return `Watch it with: lifeboat operation ${operation} --wait`;
  if (decision === 'rejected') return undefined;
  if (kind === 'estate') return 'It applies within a minute: the alert estate-weakened ends then.';
  return `Another person than you carries it out: lifeboat prune ${scopeOf(scope)} --plan ${digest} --wait`;
}
