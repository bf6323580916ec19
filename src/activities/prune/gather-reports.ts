/**
 * The reports of drills, each with its signature and its evidence as one thing. The name of a drill tells when it was
 * declared, which is enough to know that a young report stays; only one that is old by that is read. The newest report of
 * a system is no thing of retention: without it nobody could say what was shown last.
 */
import { DateTime } from 'luxon';
import { storedReport } from '../../contracts/report.ts';
import { daysBetween, instantOf, instantOfStamp } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { provesPoint } from '../../policy/drill-verdict.ts';
import type { Dependencies } from '../dependencies.ts';
import { readDocument } from '../vault-documents.ts';
import type { Around, Found } from './gather.ts';

export async function* gatherReports(around: Around): AsyncGenerator<Found> {
  const drills = await reportedDrills(around.deps, around.here.scope);
  const { near } = around;
  for (const drill of drills.slice(0, -1))
    if (near === undefined || near === drill) yield await foundOf(around, drill);
}

/** The drills that have a report, in the order in which they were declared. */
async function reportedDrills(deps: Dependencies, scope: Scope): Promise<string[]> {
  const folder = vaultPaths.reports(scope);
  const drills: string[] = [];
  for await (const path of deps.vault.list(folder)) {
    const [drill = '', name] = path.slice(folder.length).split('/');
    if (name === 'report.json') drills.push(drill);
  }
  // A stamp of fixed form is in order as text.
  return drills.toSorted();
}

/** The drills that have a report and were declared before an instant. */
export async function reportsBefore(deps: Dependencies, scope: Scope, before: DateTime): Promise<string[]> {
  return (await reportedDrills(deps, scope)).filter((drill) => declaredAtOf(drill) < before);
}

const declaredAtOf = (drill: string): DateTime =>
  instantOfStamp(drill.replace(/^drill-/, '')) ?? DateTime.invalid('a name that tells no instant');

async function foundOf({ deps, here, policy, pins, now }: Around, drill: string): Promise<Found> {
  const declaredAt = declaredAtOf(drill);
  const isOld = daysBetween(declaredAt, now) > policy.reportDays;
  const path = vaultPaths.report(here.scope, drill);
  const report = isOld ? await readDocument(deps.vault, path, storedReport) : undefined;
  const proves =
    report !== undefined &&
    report.plan.targets.length > 0 &&
    provesPoint(report.statuses.restore, report.statuses.validation)
      ? report.recoveryPoint.id
      : undefined;
  return {
    item: {
      ...{ kind: 'report', id: drill, pins, proves },
      completedAt: report === undefined ? declaredAt : instantOf(report.finalizedAt),
    },
    place: {},
  };
}
