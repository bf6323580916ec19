/**
 * Removes what scans worked with once newer ones have ended. Every scan that has begun has a plan document, and its folder
 * is emptied last: so what is left over of a removal that was cut off is found again.
 */
import { removeScanDocuments } from '../../contracts/scan.ts';
import { repairPaths, repairPart } from '../../contracts/repair.ts';
import { slotClaim } from '../../contracts/documents.ts';
import { scanDocument } from '../../contracts/scan-documents.ts';
import { instantOfStamp } from '../../contracts/values.ts';
import { vaultPaths, vaultRoot, type Scope } from '../../contracts/vault-paths.ts';
import { stampOf } from '../../policy/identifiers.ts';
import {
  decideScanDocuments,
  type DocumentedScan,
  type OpenRepair,
  type ScanDecision,
  type ScanKeep,
} from '../../policy/scan-retention.ts';
import { removableFolders } from '../../policy/vault-removal.ts';
import { implement, type Activity } from '../activity.ts';
import type { Dependencies } from '../dependencies.ts';
import { scoped } from '../scope.ts';
import { readDocument } from '../vault-documents.ts';
import { removeDocuments } from '../vault-remover.ts';

/** One activity removes for this long. */
const portionMilliseconds = 30_000;
/** A repair waits for its approval for a month at most. */
const repairGivenUpDays = 60;
const kind = 'scan-documents';
/** What of a scan is not read any more once it has its result. */
const workingFolders = ['scan-records', 'expected'];

export function scanRetirementActivities(deps: Dependencies): Activity[] {
  return [
    implement(removeScanDocuments, async (scope) => {
      scoped(deps, scope);
      const until = deps.clock.monotonicMilliseconds() + portionMilliseconds;
      const decisions = decideScanDocuments({
        scans: await documentedScans(deps, scope),
        repairs: await openRepairs(deps, scope),
        now: deps.clock.now(),
      });
      for (const decision of decisions)
        if (!(await removeOf(deps, scope, decision, until))) return { isDone: false };
      return { isDone: true };
    }),
  ];
}

/** Empties the folders of a scan that are not kept; false if the time was over before. */
async function removeOf(
  deps: Dependencies,
  scope: Scope,
  { scan, keep, reason }: ScanDecision,
  until: number,
): Promise<boolean> {
  for (const folder of foldersToEmpty(keep)) {
    const removal = {
      ...({ kind, item: `${folder}/${scan}` } as const),
      reason: keep === 'findings' ? 'the scan has its result' : reason,
      paths: deps.vault.list(`${vaultRoot(scope)}/${folder}/${scan}/`),
    };
    if (!(await removeDocuments(deps, scope, removal, until)).isDone) return false;
  }
  return true;
}

function foldersToEmpty(keep: ScanKeep): readonly string[] {
  if (keep === 'everything') return [];
  return keep === 'findings' ? workingFolders : removableFolders(kind);
}

async function documentedScans(deps: Dependencies, scope: Scope): Promise<DocumentedScan[]> {
  const plans = vaultPaths.scanPlans(scope);
  const scans: DocumentedScan[] = [];
  for await (const path of deps.vault.list(plans)) {
    const scan = path.slice(plans.length).split('/')[0] ?? '';
    const slot = scan.slice('scan-'.length);
    const at = instantOfStamp(slot);
    if (at === undefined || scan === scans.at(-1)?.scan) continue;
    const claim = await readDocument(deps.vault, vaultPaths.slot(scope, 'scan', slot), slotClaim);
    const result = await readDocument(deps.vault, vaultPaths.scan(scope, scan), scanDocument);
    scans.push({
      ...{ scan, at, isOver: claim?.finished !== undefined },
      result: result && { stores: result.stores.map((one) => one.store), isWhole: result.isWhole },
    });
  }
  return scans;
}

/** The repairs that have begun and not ended, and whose findings they are for. */
async function openRepairs(deps: Dependencies, scope: Scope): Promise<OpenRepair[]> {
  const open: OpenRepair[] = [];
  const oldest = stampOf(deps.clock.now().minus({ days: repairGivenUpDays }));
  const slots = vaultPaths.slots(scope, 'repair');
  for await (const path of deps.vault.list(slots)) {
    if (path.slice(slots.length) < oldest) continue;
    const claim = await readDocument(deps.vault, path, slotClaim);
    if (claim === undefined || claim.finished !== undefined) continue;
    const repair = `repair-${claim.slot}`;
    const part = await readDocument(deps.vault, repairPaths.part(scope, repair, 0), repairPart);
    open.push({ repair, scan: part?.scan });
  }
  return open;
}
