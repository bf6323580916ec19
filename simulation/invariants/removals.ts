/**
 * Lifeboat's own documents: what scans worked with goes once the scan has a result; a record goes a year after its last
 * writing at the earliest, with a word in the ledger before, and never while something still goes by it. Logs and keys
 * never go.
 */
import type { CutoverState } from '../../src/contracts/cutover.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { scope, type World } from '../world/world.ts';
import type { Verdict } from './broken.ts';
import { dayMs } from '../world/provider-model.ts';
import { toleranceMs } from './limits.ts';
import type { Records } from './records.ts';

const ofScan = /^(v1\/[^/]+\/[^/]+)\/(?:scan-records|expected|scan-parts|scan-plans)\/(scan-\w+)\/[^/]/;
const record =
  /^v1\/[^/]+\/[^/]+\/(points|inventories|slots|scans|plans|approvals|prunes|holds|tombstones|reaped|restores|cutovers|requests|check-portions|reports|alerts|audit|repairs|repair-parts|repair-items)\/(.+)$/;
const recordsKeptMs = 365 * dayMs;

/** Looks at a document that is about to be removed. */
export function mustBeOfNoUse(world: World, records: Records, verdict: Verdict, path: string): void {
  const [, root, scan] = ofScan.exec(path) ?? [];
  if (root !== undefined) return mustHaveEnded(world, verdict, { root, scan: scan ?? '', path });
  const [, folder = '', rest = ''] = record.exec(path) ?? [];
  verdict.must(folder !== '', 'only-working-documents', () => `${path} is removed`);
  const age = world.timeline.now - world.vault.stored(path).writtenAt.toMillis();
  verdict.must(
    age >= recordsKeptMs - toleranceMs,
    'records-kept-a-year',
    () => `${path} is removed ${(age / dayMs).toFixed(1)} days old`,
  );
  const item = folder === 'reports' ? `report ${rest.split('/')[0]}` : `${folder}/${rest}`;
  verdict.must(
    records.intents.has(item) || records.intents.has(`${folder}/${rest}`),
    'ledger-before-deletion',
    () => `${path} is removed, and the ledger does not say that it was to be`,
  );
  const need = needOf(world, records, folder, path);
  verdict.must(need === undefined, 'records-of-use-stay', () => `${path} is removed, and ${need}`);
}

function mustHaveEnded(
  world: World,
  verdict: Verdict,
  { root, scan, path }: { readonly root: string; readonly scan: string; readonly path: string },
): void {
  const claim = world.vault.text(`${root}/slots/scan-${scan.slice('scan-'.length)}.json`);
  const isOver =
    world.vault.get(`${root}/scans/${scan}.json`) !== undefined || claim?.includes('"finished"') === true;
  verdict.must(isOver, 'only-working-documents', () => `${path} is removed before its scan has ended`);
}

/** Who still goes by a record, however old it is; undefined if nobody does. */
function needOf({ vault }: World, records: Records, folder: string, path: string): string | undefined {
  const alert = records.alerts.get(path);
  if (alert !== undefined && alert.resolvedAt === undefined) return 'its alert is open';
  const hold = records.holds.get(path)?.hold;
  if (hold !== undefined && hold.released === undefined && hold.until === undefined) return 'it holds';
  const point = records.points.get(path);
  if (point !== undefined && point.tombstone?.confirmedAbsentAt === undefined) return 'its backup may stand';
  if (folder === 'cutovers' && inForce(vault) === path.split('/')[4]) return 'it is in force';
  const isLast = ['prunes', 'scans', 'slots'].includes(folder) && newestOf(vault.list(kindOf(path))) === path;
  return isLast ? 'it is the newest' : undefined;
}

/** What a record is the newest of: of its folder; a claim of its kind of run. */
const kindOf = (path: string): string => path.replace(/(?<=\/)(slots\/\w+-)?[^/]+$/, '$1');

const newestOf = (paths: readonly string[]): string | undefined => paths.at(-1);

function inForce(vault: World['vault']): string | undefined {
  const text = vault.text(vaultPaths.cutoverState(scope));
  return text === undefined ? undefined : (JSON.parse(text) as CutoverState).inForce?.cutover;
}
