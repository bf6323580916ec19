/** The answer to `lifeboat operation`: where an operation stands, step by step, or what it came to. */
import type { OperationView } from '../contracts/api/runs.ts';
import { instantText, paragraph } from './format.ts';
import { approvalLines, endedSteps, endOf, paintEnd, stateOf } from './operation-words.ts';
import { outcomeOf } from './outcome.ts';
import { palette } from './palette.ts';
import type { SummaryOptions } from './summary.ts';
import { hasEnded } from './watch.ts';

/** The lines about one operation. */
export function renderOperation(view: OperationView, options: SummaryOptions = {}): string[] {
  const width = options.width ?? 100;
  const paint = palette(options.color ?? false);
  const { drill, isReported, word } = outcomeOf(view);
  const report =
    drill === undefined || isReported !== true
      ? []
      : [`  report: lifeboat report --system ${view.system} --region ${view.region} --drill ${drill}`];
  const now = hasEnded(view)
    ? paragraph('  ', endOf(view), width).map((line) => paintEnd(paint, view, line))
    : [...paragraph('  now: ', stateOf(view), width), ...approvalLines(view)];
  return [
    ...paragraph(
      '',
      `${view.kind} of ${view.system} in ${view.region}: ${hasEnded(view) ? word : view.state}`,
      width,
    ).map(paint.strong),
    ...paragraph('  id: ', view.id, width),
    `  started ${instantText(view.startedAt)}, last heard of ${instantText(view.updatedAt)}`,
    ...endedSteps(view).flatMap((step) => paragraph('  ', step, width)),
    ...now,
    ...report,
  ];
}
