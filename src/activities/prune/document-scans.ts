/** Results of scans that somebody goes by, however old: the newest, the newest of everything, and those with documents. */
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { newestWholeScan } from '../scan/findings.ts';
import type { Around } from './gather.ts';
import type { RecordFound } from './gather-documents.ts';

export async function scansGoneBy(
  { deps, here }: Around,
  results: readonly RecordFound[],
): Promise<ReadonlySet<string>> {
  const kept = new Set(results.slice(-1).map(({ id }) => id));
  const whole = await newestWholeScan(deps, here.scope);
  if (whole !== undefined) kept.add(`scans/${whole.id}.json`);
  const plans = vaultPaths.scanPlans(here.scope);
  for await (const path of deps.vault.list(plans))
    kept.add(`scans/${path.slice(plans.length).split('/')[0] ?? ''}.json`);
  return kept;
}
