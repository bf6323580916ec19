/**
 * The audit log and the deletion ledger. Both are written before the effect they tell of: if the line cannot be
 * appended, the effect does not happen.
 */
import { auditEntry, ledgerEntry, type AuditEntry, type LedgerEntry } from '../contracts/documents.ts';
import { isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { canonicalJson } from '../policy/canonical-json.ts';
import type { Dependencies } from './dependencies.ts';

/** What an audit line says apart from who and when. */
export type AuditFacts = Pick<AuditEntry, 'action' | 'target' | 'stage'> & {
  readonly detail?: AuditEntry['detail'];
  readonly actor?: string;
};

/** Appends to the audit log; throws `cannot-record`. */
export async function audit(deps: Dependencies, scope: Scope, facts: AuditFacts): Promise<void> {
  const { action, target, stage } = facts;
  const entry: AuditEntry = {
    schema: 'lifeboat/audit/v1',
    at: isoOf(deps.clock.now()),
    actor: facts.actor ?? deps.actor,
    action,
    target,
    stage,
    detail: facts.detail ?? {},
  };
  await deps.vault.append(vaultPaths.auditSegments(scope), [canonicalJson(auditEntry.parse(entry))]);
}

/** What a line of the deletion ledger says apart from who and when. */
export type LedgerFacts = Pick<LedgerEntry, 'item' | 'kind' | 'stage' | 'reason'>;

/** Lines of one append: well under the 4 MiB that one block of an append blob takes. */
const ledgerLinesAtOnce = 1_000;

/** Appends to the deletion ledger, many lines at once; throws `cannot-record`. */
export async function enterLedger(
  deps: Dependencies,
  scope: Scope,
  ...facts: readonly LedgerFacts[]
): Promise<void> {
  const about = { schema: 'lifeboat/ledger/v1' as const, at: isoOf(deps.clock.now()), by: deps.actor };
  const lines = facts.map((one) => canonicalJson(ledgerEntry.parse({ ...about, ...one })));
  for (let from = 0; from < lines.length; from += ledgerLinesAtOnce)
    await deps.vault.append(vaultPaths.ledgerSegments(scope), lines.slice(from, from + ledgerLinesAtOnce));
}
