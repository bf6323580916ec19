/** What a scan found that a repair is for. */
import { repairableVerdicts } from '../contracts/repair.ts';
import type { ScanFinding } from '../contracts/scan-documents.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import type { Dependencies } from './dependencies.ts';
import { findingsOf } from './scan/findings.ts';

/** A blob that is damaged or missing. */
export interface RepairableFinding extends ScanFinding {
  readonly verdict: (typeof repairableVerdicts)[number];
}

/** Every such finding of a scan, each blob once, in the order of stores and names. */
export async function repairableFindings(
  deps: Dependencies,
  scope: Scope,
  scan: string,
): Promise<RepairableFinding[]> {
  const found = new Map<string, RepairableFinding>();
  for await (const findings of findingsOf(deps, scope, scan))
    for (const finding of findings)
      if (isRepairable(finding)) found.set(`${finding.store}/${finding.name}`, finding);
  return [...found.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, finding]) => finding);
}

function isRepairable(finding: ScanFinding): finding is RepairableFinding {
  return (repairableVerdicts as readonly string[]).includes(finding.verdict);
}
