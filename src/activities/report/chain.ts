/**
 * The chain of reports of one system and region. Each place of it is written once, with the whole report in it: whoever
 * takes the place makes its report final, and everybody after links to exactly that one. A drill searches for its place
 * from where it began to, which is written once as well; so every attempt of it, two at once too, finds the same one.
 */
import { reportEntry, reportPlace, type DrillReport } from '../../contracts/report.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { digestOf } from '../../policy/canonical-json.ts';
import type { Dependencies } from '../dependencies.ts';
import { createOrRead, needDocument, readDocument } from '../vault-documents.ts';

/** Where a report stands in the chain. */
export type Link = Pick<DrillReport, 'number'> & Partial<Pick<DrillReport, 'previous'>>;

/** The final report of a drill: the one that stands in the chain, or else `build` for the next free place. */
export async function finalReport(
  deps: Dependencies,
  scope: Scope,
  drill: string,
  build: (link: Link, before: DrillReport | undefined) => DrillReport,
): Promise<DrillReport> {
  const { after } = await createOrRead(deps.vault, vaultPaths.reportPlace(scope, drill), reportPlace, {
    schema: 'lifeboat/report-place/v1',
    drill,
    after: await lastNumber(deps, scope),
  });
  let last =
    after === 0
      ? undefined
      : (await needDocument(deps.vault, vaultPaths.reportEntry(scope, after), reportEntry)).report;
  for (let number = after + 1; ; number += 1) {
    const link = last === undefined ? {} : { previous: { drill: last.id, digest: digestOf(last) } };
    const { report } = await createOrRead(deps.vault, vaultPaths.reportEntry(scope, number), reportEntry, {
      schema: 'lifeboat/report-entry/v1',
      report: build({ number, ...link }, last),
    });
    if (report.id === drill) return report;
    last = report;
  }
}

/** The report of a drill that has its place in the chain; undefined if it has none. */
export async function reportInChain(
  deps: Dependencies,
  scope: Scope,
  drill: string,
): Promise<DrillReport | undefined> {
  const place = await readDocument(deps.vault, vaultPaths.reportPlace(scope, drill), reportPlace);
  if (place === undefined) return undefined;
  for (let number = place.after + 1; ; number += 1) {
    const entry = await readDocument(deps.vault, vaultPaths.reportEntry(scope, number), reportEntry);
    if (entry === undefined || entry.report.id === drill) return entry?.report;
  }
}

/** The newest report of a scope that has its place in the chain; undefined if none has. */
export async function newestReport(deps: Dependencies, scope: Scope): Promise<DrillReport | undefined> {
  const number = await lastNumber(deps, scope);
  if (number === 0) return undefined;
  return (await needDocument(deps.vault, vaultPaths.reportEntry(scope, number), reportEntry)).report;
}

/** The number of the newest report; 0 if there is none. */
export async function lastNumber(deps: Dependencies, scope: Scope): Promise<number> {
  const entries = vaultPaths.reportEntries(scope);
  let last = 0;
  for await (const path of deps.vault.list(entries))
    last = Math.max(last, Number(/(\d+)\.json$/.exec(path)?.[1] ?? 0));
  return last;
}
