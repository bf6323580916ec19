/** The plan of a restore for a terminal: what is lost and how long it takes first, then every step, then its digest. */
import type { RestorePlanResponse, RestoreView } from '../contracts/api/restores.ts';
import type { PastSeconds, RestorePlan } from '../contracts/restore-plan.ts';
import { duration, instantText, paragraph } from './format.ts';
import { personIn } from './person.ts';
import { palette } from './palette.ts';
import { tablesEndLines, tablesLines } from './restore-tables-view.ts';
import type { SummaryOptions } from './summary.ts';

const newestInstants: Readonly<Record<string, string>> = {
  latest: 'the newest instant',
  archived: 'the newest instant that is surely archived',
};

/** The lines of a plan. */
export function renderRestorePlan(
  { digest, plan }: RestorePlanResponse,
  { width = 100, color = false }: SummaryOptions = {},
): string[] {
  const tables = plan.tables === undefined ? [] : tablesLines(plan.tables, { width, color });
  return planLines({ digest, plan }, tables, { width, color });
}

/** A plan, with what is to be said of its tables. */
function planLines(
  { digest, plan }: RestorePlanResponse,
  tables: readonly string[],
  { width, color }: Required<SummaryOptions>,
): string[] {
  const paint = palette(color);
  const said: readonly (readonly [string, string])[] = [
    ...(plan.warnings ?? []).map((warning) => ['warning:  ', warning] as const),
    ['lost:     ', lossText(plan)],
    ['takes:    ', timeText(plan.expected.overall)],
    ['costs:    ', costText(plan)],
    ['approve:  ', approvalText(plan)],
  ];
  return [
    ...paragraph('', titleText(plan), width).map(paint.strong),
    ...said.flatMap(([lead, text]) => paragraph(`  ${lead}`, text, width)),
    '',
    paint.strong('Steps'),
    ...plan.steps.flatMap(({ step, what }, index) => paragraph(`  ${index + 1}. ${step}: `, what, width)),
    ...tables,
    '',
    `Digest: ${digest}`,
  ];
}

function titleText(plan: RestorePlan): string {
  const to = plan.point ?? newestInstants[plan.to] ?? 'an instant';
  const database = plan.database === undefined ? '' : `database ${plan.database} of `;
  return `${plan.restore}: ${tablesText(plan)}${database}${plan.system} in ${plan.region} to ${to}, ${instantText(plan.instant)}`;
}

const tablesText = ({ tables }: RestorePlan): string =>
  tables === undefined ? '' : `${tables.chosen.map(({ table }) => table).join(', ')} of `;

/** The lines of a restore that was asked for: what was said to it and what it came to, then its plan; its tables stand once. */
export function renderRestore(view: RestoreView, options: SummaryOptions = {}): string[] {
  const { width = 100, color = false } = options;
  const { request, decision, breakGlass, permit, end, plan } = view;
  const said = [
    request && `asked for by ${personIn(request)} at ${instantText(request.at)}: ${request.reason}`,
    decision &&
      `${decision.decision} by ${personIn(decision)} at ${instantText(decision.at)}: ${decision.reason}`,
    breakGlass && `alone: ${personIn(breakGlass)} at ${instantText(breakGlass.at)}: ${breakGlass.reason}`,
    permit &&
      `permitted at ${instantText(permit.at)}, ${permit.approval.kind} by ${personIn(permit.approval)}`,
    end && `${end.outcome} at ${instantText(end.endedAt)}: ${end.detail}`,
  ].flatMap((line) => line ?? []);
  const ended = end?.tables === undefined ? [] : tablesEndLines(end.tables, { width, color });
  const planned =
    plan?.tables === undefined || ended.length > 0 ? [] : tablesLines(plan.tables, { width, color });
  return [
    ...said.flatMap((line) => paragraph('', line, width)),
    ...ended,
    ...(request === undefined || plan === undefined
      ? []
      : ['', ...planLines({ digest: request.plan, plan }, planned, { width, color })]),
  ];
}

/** What will be lost, in a sentence. */
export function lossText({ loss }: Pick<RestorePlan, 'loss'>): string {
  const { newestHeartbeat, seconds, unknown } = loss;
  if (newestHeartbeat !== undefined && seconds !== undefined)
    return `newest heartbeat ${instantText(newestHeartbeat)}: ${duration(seconds)} of writes are not in it, and what is written from now on`;
  const why = unknown.map(({ database, problem }) => `${database}: ${problem}`).join('; ');
  return `unknown: ${why}`;
}

/** How long it should take, in a sentence. */
export function timeText(overall: PastSeconds | undefined): string {
  if (overall === undefined) return 'unknown: no drill and no restore of this system has ended yet';
  const { samples, median, shortest, longest } = overall;
  if (samples === 1) return `${duration(median)}, as the one before`;
  return `${duration(median)} (median of ${samples}, ${duration(shortest)} to ${duration(longest)}), without the approval`;
}

function costText({ cost, tables }: RestorePlan): string {
  if (cost === undefined) return 'the estate names no price';
  if (tables !== undefined)
    return `${cost.perHour} ${cost.currency} per hour while it is at work, for one server`;
  const servers = cost.servers === 1 ? 'one server' : `${cost.servers} servers`;
  return `${cost.perHour} ${cost.currency} per hour for ${servers}, until a person removes it`;
}

function approvalText({ approval, validUntil }: RestorePlan): string {
  const { breakGlassAfterSeconds } = approval;
  const alone =
    breakGlassAfterSeconds === undefined
      ? 'nobody may go on alone'
      : `one person may go on alone where nobody decided for ${duration(breakGlassAfterSeconds)}`;
  return `another person than the one who asks for it, until ${instantText(validUntil)}; ${alone}`;
}
