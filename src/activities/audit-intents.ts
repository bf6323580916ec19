/** Finds intents in an audit log again, from its end backwards. */
import { auditEntry, type AuditEntry, type AuditResult } from '../contracts/audit.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { firstOfSegment } from '../policy/audit-chain.ts';
import { canonicalJson } from '../policy/canonical-json.ts';
import { linesOf } from '../policy/log-lines.ts';
import type { ListedSegment, LogSegments } from '../ports/log-segments.ts';

/** Nothing that waits for its outcome began longer ago than so many entries. */
const entriesLookedAt = 100_000;

/** An intent that was found again. */
export interface FoundIntent {
  readonly sequence: number;
  /** Whether something final was said of it. */
  readonly isSettled: boolean;
}

/** The newest intent of an action on a target; undefined if none is found. */
export async function newestIntent(
  log: LogSegments,
  scope: Scope,
  { action, target }: Pick<AuditEntry, 'action' | 'target'>,
): Promise<FoundIntent | undefined> {
  const wanted = Buffer.from(`"target":${canonicalJson(target)}`);
  const settled = new Set<number>();
  let lookedAt = 0;
  for (const { path } of (await chainedSegments(log, scope)).toReversed()) {
    let newest: number | undefined;
    for await (const { lines } of linesOf(await log.open(path))) {
      lookedAt += lines.length;
      for (const line of lines) {
        const entry = line.includes(wanted) ? entryIn(line) : undefined;
        if (entry?.action !== action || entry.target !== target) continue;
        if (entry.stage === 'intent') newest = entry.sequence;
        else if (entry.intent !== undefined && isFinal(entry.result)) settled.add(entry.intent);
      }
    }
    if (newest !== undefined) return { sequence: newest, isSettled: settled.has(newest) };
    if (lookedAt > entriesLookedAt) return undefined;
  }
  return undefined;
}

/** Whether nothing more is to be said of an intent. */
export const isFinal = (result: AuditResult | undefined): boolean =>
  result === 'done' || result === 'failed' || result === 'refused';

/** The segments that have a chain and an entry, the oldest first. */
export async function chainedSegments(log: LogSegments, scope: Scope): Promise<ListedSegment[]> {
  const prefix = vaultPaths.auditSegments(scope);
  const found: ListedSegment[] = [];
  for await (const one of log.listSegments(prefix))
    if (one.bytes > 0 && firstOfSegment(one.path.slice(prefix.length)) !== undefined) found.push(one);
  return found;
}

/** The entry in a line; undefined if it is none. */
export function entryIn(line: Buffer): AuditEntry | undefined {
  try {
    return auditEntry.safeParse(JSON.parse(line.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
