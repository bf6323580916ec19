/**
 * Whether an approval is by whom it says. One that was given over the API names somebody whom a token told of, and the
 * number of the entry of the audit log that was made first: it counts only while that entry stands in the chain and tells of
 * this decision, by that person, as an approver. So who can write approvals and not the log cannot speak for somebody else.
 * One that names nobody of the directory was put into the vault by hand: it is worth what the right to write there is.
 */
import { nameOfActor } from '../../contracts/actor.ts';
import { auditEntry, type AuditEntry } from '../../contracts/audit.ts';
import type { ApprovalDocument } from '../../contracts/documents.ts';
import { instantOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { digestOfLine, firstOfSegment, readChainLine } from '../../policy/audit-chain.ts';
import { linesOf } from '../../policy/log-lines.ts';
import { safetyMargins } from '../../policy/safety-margins.ts';
import type { Dependencies } from '../dependencies.ts';

/** `subject@tenant`, as tokens of Entra ID name them: the tenant is a GUID. */
const ofDirectory = /@[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Why an approval is not known to be by whom it says; undefined if it is, or if it was put into the vault by hand. */
export async function doubtOf(
  deps: Dependencies,
  scope: Scope,
  { digest, decision, by, entry, expiresAt }: ApprovalDocument,
): Promise<string | undefined> {
  if (decision !== 'approved' || (entry === undefined && !ofDirectory.test(by))) return undefined;
  if (entry === undefined) return `it names ${by} and no entry of the audit log`;
  const found = await entryNumbered(deps, scope, entry);
  if (found === undefined) return `entry ${entry} does not stand in the chain of the audit log`;
  const { actor, stage, action, detail } = found;
  const isOfIt =
    stage === 'intent' &&
    action.startsWith('approve-') &&
    [detail['plan'], detail['digest']].includes(digest);
  const isByThem = actor.kind === 'caller' && actor.role === 'approver' && nameIn(found) === by;
  if (!isOfIt || !isByThem) return `entry ${entry} of the audit log does not tell of it`;
  // Whoever can write the document cannot have it count for longer than what the entry tells of.
  const latest = instantOf(found.at).plus({
    seconds: approvalSecondsOf(action),
    minutes: safetyMargins.clockToleranceMinutes,
  });
  return instantOf(expiresAt) <= latest
    ? undefined
    : `it says that it counts longer than entry ${entry} allows`;
}

const approvalSecondsOf = (action: string): number =>
  action === 'approve-restore' || action === 'approve-cutover'
    ? safetyMargins.restoreApprovalSeconds
    : safetyMargins.approvalSeconds;

const nameIn = ({ actor: { subject, tenant } }: AuditEntry): string =>
  tenant === undefined ? subject : nameOfActor({ subject, tenant });

/** The entry of a number, if it follows the line before it and is followed by the line behind it. */
async function entryNumbered(
  deps: Dependencies,
  scope: Scope,
  number: number,
): Promise<AuditEntry | undefined> {
  const segment = await segmentOf(deps, scope, number);
  if (segment === undefined) return undefined;
  let at = segment.first - 1;
  let before: Buffer | undefined;
  let found: Buffer | undefined;
  for await (const { lines } of linesOf(await deps.segments.open(segment.path)))
    for (const line of lines) {
      at += 1;
      if (found !== undefined) return follows(line, found) ? entryIn(found, number) : undefined;
      if (at === number) {
        if (before !== undefined && !follows(line, before)) return undefined;
        found = line;
      }
      before = line;
    }
  return found === undefined ? undefined : entryIn(found, number);
}

const follows = (line: Buffer, before: Buffer): boolean =>
  readChainLine(line)?.previous === digestOfLine(before);

function entryIn(line: Buffer, number: number): AuditEntry | undefined {
  if (readChainLine(line)?.sequence !== number) return undefined;
  return auditEntry.safeParse(JSON.parse(line.toString('utf8'))).data;
}

/** The segment that an entry stands in: the last one that does not begin behind it. */
async function segmentOf(
  deps: Dependencies,
  scope: Scope,
  number: number,
): Promise<{ readonly path: string; readonly first: number } | undefined> {
  const prefix = vaultPaths.auditSegments(scope);
  let segment: { readonly path: string; readonly first: number } | undefined;
  for await (const { path } of deps.segments.listSegments(prefix)) {
    const first = firstOfSegment(path.slice(prefix.length));
    if (first !== undefined && first <= number) segment = { path, first };
  }
  return segment;
}
