/** Cutovers for a terminal: what is lost first, then every step with its way back, then the digest. */
import type { CutoverPlanResponse, CutoversResponse, CutoverView } from '../contracts/api/cutovers.ts';
import type { CutoverPlan } from '../contracts/cutover-plan.ts';
import { personText } from '../policy/person-name.ts';
import { duration, instantText, paragraph } from './format.ts';
import { palette } from './palette.ts';
import type { SummaryOptions } from './summary.ts';
import { table } from './table.ts';

/** The lines of a plan. */
export function renderCutoverPlan(
  { digest, plan }: CutoverPlanResponse,
  { width = 100, color = false }: SummaryOptions = {},
): string[] {
  const paint = palette(color);
  const what = plan.direction === 'over' ? `to ${plan.name}, from ${plan.restore}` : `back to ${plan.name}`;
  const said: readonly (readonly [string, string])[] = [
    ['lost:     ', cutoverLossText(plan)],
    ['approve:  ', approvalText(plan)],
  ];
  return [
    paint.strong(`${plan.cutover}: ${plan.system} in ${plan.region} ${what}`),
    ...said.flatMap(([lead, text]) => paragraph(`  ${lead}`, text, width)),
    '',
    paint.strong('Steps'),
    ...plan.steps.flatMap(({ step, what: does }, index) =>
      paragraph(`  ${index + 1}. ${step}: `, does, width),
    ),
    '',
    `Digest: ${digest}`,
  ];
}

/** What will be lost, in a sentence. */
export function cutoverLossText({ loss, direction }: CutoverPlan): string {
  const { from, until, seconds, unknown } = loss;
  if (direction === 'back')
    return `what was written to the new server since ${instantText(from ?? '')}: ${duration(seconds ?? 0)}`;
  if (from === undefined || until === undefined || seconds === undefined)
    return `unknown: ${unknown.map(({ database, problem }) => `${database}: ${problem}`).join('; ')}`;
  const newest = `the source's newest heartbeat is ${instantText(until)}, that of the restored data ${instantText(from)}`;
  return `${newest}: ${duration(seconds)} of writes, and what is written until the hooks have run`;
}

function approvalText({ approval, validUntil }: CutoverPlan): string {
  const { by, breakGlassAfterSeconds } = approval;
  if (by === 'given') return 'nobody needs to: it was approved with what failed in the middle';
  const alone =
    breakGlassAfterSeconds === undefined
      ? 'nobody may go on alone'
      : `one person may go on alone where nobody decided for ${duration(breakGlassAfterSeconds)}`;
  return `another person than the one who asks for it, until ${instantText(validUntil)}; ${alone}`;
}

/** The lines of a cutover that was asked for: what was said to it, how its hooks went, then its plan. */
export function renderCutover(view: CutoverView, options: SummaryOptions = {}): string[] {
  const { width = 100 } = options;
  const { request, decision, breakGlass, cancel, permit, end, plan } = view;
  const who = ({ by, byName }: { readonly by: string; readonly byName?: string | undefined }): string =>
    personText(by, byName);
  const said = [
    request && `asked for by ${who(request)} at ${instantText(request.at)}: ${request.reason}`,
    decision && `${decision.decision} by ${who(decision)} at ${instantText(decision.at)}: ${decision.reason}`,
    breakGlass && `alone: ${who(breakGlass)} at ${instantText(breakGlass.at)}: ${breakGlass.reason}`,
    cancel && `cancelled by ${who(cancel)} at ${instantText(cancel.at)}: ${cancel.reason}`,
    permit && `permitted at ${instantText(permit.at)}, ${permit.approval.kind} by ${who(permit.approval)}`,
    ...(end?.hooks ?? []).map(({ hook, state, detail }) => `hook ${hook}: ${state}: ${detail}`),
    end && `${end.outcome} at ${instantText(end.endedAt)}: ${end.detail}`,
  ].flatMap((line) => line ?? []);
  return [
    ...said.flatMap((line) => paragraph('', line, width)),
    ...(request === undefined || plan === undefined
      ? []
      : ['', ...renderCutoverPlan({ digest: request.plan, plan }, options)]),
  ];
}

/** The cutovers as a table, below what is in force. */
export function renderCutovers(
  { inForce, cutovers }: CutoversResponse,
  { width = 100, color = false }: SummaryOptions = {},
): string[] {
  const servers = inForce?.servers.map((server) => server.split('/').at(-1) ?? server).join(', ');
  const standing =
    inForce === undefined
      ? 'No cutover is in force.'
      : `${inForce.cutover} is in force since ${instantText(inForce.since)}: the system was pointed at ${servers}. Back: lifeboat cutover back ${inForce.cutover}`;
  if (cutovers.length === 0) return paragraph('', standing, width);
  const columns = [
    { header: 'CUTOVER' },
    { header: 'TO', shrink: true },
    { header: 'ENDED' },
    { header: 'CAME TO' },
  ];
  const rows = cutovers.map(({ id, plan, end, permit, decision }) => [
    id,
    plan === undefined ? '–' : `${plan.direction === 'back' ? 'back to ' : ''}${plan.name}`,
    end === undefined
      ? permit === undefined
        ? (decision?.decision ?? 'waits for approval')
        : 'at work'
      : instantText(end.endedAt),
    end?.outcome ?? '–',
  ]);
  return [
    ...paragraph('', standing, width),
    '',
    ...table(columns, rows, { width, paintHeader: palette(color).faint }),
  ];
}
