/**
 * Looks at an audit log from its newest checkpoint on: whether that is signed by a key of this deployment, and whether the
 * chain leads from there to the end of the log. What lies before it was looked at when that checkpoint was signed.
 */
import { isCheckpointBy, keyObjectOf, readCheckpoint } from '../contracts/audit-checkpoint.ts';
import type { AuditCheckpoint } from '../contracts/audit.ts';
import { keyWithdrawal, signingKeyDocument } from '../contracts/signing.ts';
import { instantOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { firstOfSegment } from '../policy/audit-chain.ts';
import { ChainWalk, type AuditProblem } from '../policy/audit-walk.ts';
import { linesOf } from '../policy/log-lines.ts';
import type { ListedSegment } from '../ports/log-segments.ts';
import type { Dependencies } from './dependencies.ts';
import { readDocument } from './vault-documents.ts';

/** The newest checkpoint that stands elsewhere, and where the next one goes. */
export interface NewestCheckpoint {
  readonly checkpoint: AuditCheckpoint | undefined;
  readonly problem: AuditProblem | undefined;
  /** The newest segment of checkpoints; undefined if there is none. */
  readonly segment: string | undefined;
  readonly bytes: number;
}

/** The end of what was looked at, as a checkpoint tells of it. */
export type LookedAt = Pick<AuditCheckpoint, 'sequence' | 'digest' | 'segment' | 'bytes'>;

export interface AuditCheck {
  readonly newest: NewestCheckpoint;
  /** What does not hold, the first of it; nothing if everything does. */
  readonly problems: readonly AuditProblem[];
  /** Undefined if there is no entry behind the checkpoint. */
  readonly end: LookedAt | undefined;
}

const mostProblems = 20;

/** Checks the log of a scope; throws only where something cannot be read. */
export async function checkAudit(deps: Dependencies, scope: Scope): Promise<AuditCheck> {
  const newest = await newestCheckpoint(deps, scope);
  if (newest.problem !== undefined) return { newest, problems: [newest.problem], end: undefined };
  const problems: AuditProblem[] = [];
  const end = await walkFrom(deps, scope, newest.checkpoint, (problem) => {
    if (problems.length < mostProblems) problems.push(problem);
  });
  return { newest, problems, end };
}

/** The newest checkpoint of a scope, if it is one of ours. */
export async function newestCheckpoint(deps: Dependencies, scope: Scope): Promise<NewestCheckpoint> {
  const all: ListedSegment[] = [];
  for await (const one of deps.checkpoints.listSegments(vaultPaths.auditCheckpoints(scope))) all.push(one);
  const newest = all.at(-1)?.path;
  const written = all.findLast(({ bytes }) => bytes > 0)?.path;
  const end = written === undefined ? undefined : await deps.checkpoints.endOf(written);
  const place = { segment: newest, bytes: newest === written ? (end?.bytes ?? 0) : 0 };
  if (end?.lastLine === undefined) return { checkpoint: undefined, problem: undefined, ...place };
  const read = await verified(deps, scope, end.lastLine.toString('utf8'));
  if ('sequence' in read) return { checkpoint: read, problem: undefined, ...place };
  return { checkpoint: undefined, problem: { ...read, place: `the end of ${written}` }, ...place };
}

/** The checkpoint of a line, if a key of this deployment signed it while it was valid. */
async function verified(
  { vault, region }: Dependencies,
  scope: Scope,
  text: string,
): Promise<AuditCheckpoint | Omit<AuditProblem, 'place'>> {
  const read = readCheckpoint(text, scope);
  if (typeof read === 'string') return { kind: 'not-a-checkpoint', detail: read };
  const { keyId, checkpoint, signedAtSeconds } = read;
  const key = await readDocument(vault, vaultPaths.signingKey(region, keyId), signingKeyDocument);
  if (key === undefined)
    return { kind: 'foreign-signature', detail: `it is signed by ${keyId}, a key that is not known here` };
  if (!isCheckpointBy(text, keyObjectOf(key.jwk)))
    return { kind: 'signature', detail: `it is no signature of its content by ${keyId}` };
  const withdrawn = await readDocument(vault, vaultPaths.keyWithdrawal(region, keyId), keyWithdrawal);
  if (withdrawn !== undefined && signedAtSeconds >= instantOf(withdrawn.at).toSeconds())
    return { kind: 'signature', detail: `${keyId} was withdrawn at ${withdrawn.at}` };
  return checkpoint;
}

async function walkFrom(
  deps: Dependencies,
  scope: Scope,
  from: AuditCheckpoint | undefined,
  report: (problem: AuditProblem) => void,
): Promise<LookedAt | undefined> {
  const prefix = vaultPaths.auditSegments(scope);
  const segments: ListedSegment[] = [];
  for await (const { path, bytes } of deps.segments.listSegments(prefix)) {
    const name = path.slice(prefix.length);
    if (firstOfSegment(name) !== undefined && name >= (from?.segment ?? ''))
      segments.push({ path: name, bytes });
  }
  if (from !== undefined && (segments[0]?.path !== from.segment || segments[0].bytes < from.bytes)) {
    const detail = `the checkpoint of ${from.at} stands for entry ${from.sequence}, which does not stand there`;
    report({ kind: 'truncated', place: from.segment, detail });
    return undefined;
  }
  const start = from && { head: from, segment: from.segment };
  const walk = new ChainWalk(scope, report, start);
  let end: LookedAt | undefined;
  for (const { path: segment, bytes: listed } of segments) {
    let bytes = segment === from?.segment ? from.bytes : 0;
    if (bytes === 0) walk.begin(segment);
    if (listed <= bytes) continue;
    for await (const { lines, isTorn } of linesOf(await deps.segments.open(`${prefix}${segment}`, bytes)))
      for (const line of lines) {
        if (isTorn) walk.torn();
        walk.take(line);
        bytes += line.length + 1;
        end = { ...walk.head, segment, bytes };
      }
  }
  walk.end();
  return end;
}
