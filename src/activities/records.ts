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

/** Appends to the deletion ledger; throws `cannot-record`. */
export async function enterLedger(
  deps: Dependencies,
  scope: Scope,
  facts: Pick<LedgerEntry, 'item' | 'kind' | 'stage' | 'reason'>,
): Promise<void> {
  const entry: LedgerEntry = {
    schema: 'lifeboat/ledger/v1',
    at: isoOf(deps.clock.now()),
    by: deps.actor,
    ...facts,
  };
  await deps.vault.append(vaultPaths.ledgerSegments(scope), [canonicalJson(ledgerEntry.parse(entry))]);
}
