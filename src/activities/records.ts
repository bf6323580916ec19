/**
 * The audit log and the deletion ledger. Both are written before the effect they tell of: if the line cannot be
 * appended, the effect does not happen.
 */
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import { auditDraft, type AuditDraft } from '../contracts/audit.ts';
import type { AuditActor } from '../contracts/audit-actor.ts';
import { ledgerEntry, type LedgerEntry } from '../contracts/documents.ts';
import { isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { canonicalJson, digestOf } from '../policy/canonical-json.ts';
import { Failure } from '../policy/failure.ts';
import type { Vault, VaultStreams } from '../ports/vault.ts';
import { actingFunction } from './acting.ts';
import type { Entered } from './audit-chain-end.ts';
import { checkpointIfDue } from './audit-checkpoints.ts';
import type { Dependencies } from './dependencies.ts';

/** What an audit entry says apart from when; who, where no caller asked for it, is the function at work. */
export type AuditFacts = Pick<AuditDraft, 'action' | 'target' | 'stage' | 'intent' | 'result'> & {
  readonly detail?: AuditDraft['detail'];
  readonly reason?: string;
  readonly actor?: AuditActor;
};

/** Enters facts in the audit log, all or none, and says under which numbers; throws `cannot-record`. */
export async function audit(
  deps: Dependencies,
  scope: Scope,
  ...facts: readonly AuditFacts[]
): Promise<Entered> {
  const at = isoOf(deps.clock.now());
  const drafts = facts.map(({ detail = {}, actor = automation(deps), intent, ...fact }): AuditDraft => {
    const said = { ...fact, actor, detail };
    return auditDraft.parse({ ...said, intent, at, step: digestOf(said) });
  });
  const entered = await deps.auditLog.append(scope, drafts);
  await checkpointIfDue(deps, scope, entered);
  return entered;
}

function automation(deps: Dependencies): AuditActor {
  const acting = actingFunction();
  return { kind: 'automation', subject: deps.actor, ...acting };
}

/**
 * The lines of a log, oldest segment first, from a UTC day (`yyyy-MM-dd`) on if one is named; throws `bad-document` where
 * one is not what is written there.
 */
export async function* readLines<T>(
  vault: Vault & VaultStreams,
  segments: string,
  shape: z.ZodType<T>,
  fromDay = '',
): AsyncGenerator<T> {
  for await (const path of vault.list(segments)) {
    // A segment is named by its day.
    if (path.slice(segments.length) < fromDay) continue;
    let number = 0;
    for await (const line of createInterface({ input: await vault.open(path) })) {
      number += 1;
      const read = shape.safeParse(jsonIn(line));
      if (read.success) yield read.data;
      else
        throw new Failure(
          'bad-document',
          `line ${number} of ${path} in the vault is no entry of that log`,
          'It was changed outside Lifeboat. Restore the segment from an earlier version of the blob.',
        );
    }
  }
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
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
