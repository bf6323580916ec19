/**
 * Signs checkpoints of audit logs. Each stands for the whole log up to an entry, and is signed only when the chain leads
 * there from the one before. It is written into a container beside the vault first, where nothing that stands can be
 * changed, and copied into the vault then: a kill in between leaves a copy to be made. Of two who sign at once the one who
 * is first counts.
 */
import { auditCheckpoint } from '../contracts/audit.ts';
import { isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import type { AuditProblem } from '../policy/audit-walk.ts';
import { clockDoubt } from '../policy/clock-trust.ts';
import { canonicalJson } from '../policy/canonical-json.ts';
import { Failure } from '../policy/failure.ts';
import { checkpointType } from '../policy/jws.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import type { ListedSegment, LogSegments } from '../ports/log-segments.ts';
import { checkAudit, type LookedAt, type NewestCheckpoint } from './audit-check.ts';
import type { Entered } from './audit-chain-end.ts';
import type { Dependencies } from './dependencies.ts';
import { signedText } from './signed-text.ts';

/** What became of a look at a log. */
export interface Checkpointed {
  /** What does not hold: then nothing is signed. */
  readonly problems: readonly AuditProblem[];
  /** Why entries have no checkpoint although nothing is wrong with them. */
  readonly unsigned: string | undefined;
}

/** Checks the log of a scope from its newest checkpoint on, and signs one for what came since. */
export async function checkpointAudit(deps: Dependencies, scope: Scope): Promise<Checkpointed> {
  const prefix = vaultPaths.auditCheckpoints(scope);
  const copies = await sizes(deps.segments, prefix);
  const cut = missingBeside(copies, await sizes(deps.checkpoints, prefix));
  if (cut.length > 0) return { problems: cut, unsigned: undefined };
  const { newest, problems, end } = await checkAudit(deps, scope);
  if (problems.length > 0) return { problems, unsigned: undefined };
  const unsigned = end === undefined ? undefined : await signEnd(deps, scope, newest, end);
  for (const [path, bytes] of await sizes(deps.checkpoints, prefix))
    if (bytes > (copies.get(path) ?? 0)) await copyRest(deps, path, copies.get(path) ?? 0);
  return { problems: [], unsigned };
}

/** Signs a checkpoint once enough entries were made since the last; what keeps it from that, the watch tells. */
export async function checkpointIfDue(
  deps: Dependencies,
  scope: Scope,
  { from, to }: Entered,
): Promise<void> {
  const numberOf = (sequence: number): number => Math.floor(sequence / safetyMargins.checkpointEntries);
  if (numberOf(from - 1) === numberOf(to)) return;
  try {
    await checkpointAudit(deps, scope);
  } catch {
    // The entries stand, and what they tell of may be done.
  }
}

/** Why there is no checkpoint; undefined if there is. */
async function signEnd(
  deps: Dependencies,
  scope: Scope,
  newest: NewestCheckpoint,
  end: LookedAt,
): Promise<string | undefined> {
  // What a clock says that is off could not be told from what a withdrawn key signs.
  const offsets = await deps.referenceClocks.offsets();
  const now = deps.clock.now();
  const doubt = clockDoubt(offsets.filter(({ seconds }) => seconds !== undefined));
  if (doubt !== undefined) return `the clock is not to be trusted: ${doubt}`;
  const { system, region } = scope;
  const { sequence, digest, segment, bytes } = end;
  const about = { schema: 'lifeboat/audit-checkpoint/v1', system, region, at: isoOf(now) };
  // What is signed cannot be taken back: nothing is that would not be read again.
  const checkpoint = auditCheckpoint.parse({ ...about, sequence, digest, segment, bytes });
  const signed = await signedText(deps, now, checkpointType, canonicalJson(checkpoint));
  if (signed instanceof Failure) return signed.message;
  // A month that lies ahead of this clock is kept to.
  const month = `${vaultPaths.auditCheckpoints(scope)}${now.toFormat('yyyy-MM')}.jsonl`;
  const path = newest.segment !== undefined && newest.segment > month ? newest.segment : month;
  if (path !== newest.segment) await deps.checkpoints.begin(path);
  const position = path === newest.segment ? newest.bytes : 0;
  await deps.checkpoints.appendAt(path, position, Buffer.from(`${signed}\n`));
  return undefined;
}

/** What the vault has copies of and does not stand beside it any more. */
function missingBeside(
  copies: ReadonlyMap<string, number>,
  originals: ReadonlyMap<string, number>,
): AuditProblem[] {
  const detail = 'the vault has copies of checkpoints that do not stand beside it any more';
  return [...copies]
    .filter(([path, bytes]) => bytes > (originals.get(path) ?? 0))
    .map(([path]) => ({ kind: 'copy-differs', place: path, detail }));
}

async function sizes(log: LogSegments, prefix: string): Promise<Map<string, number>> {
  const all: ListedSegment[] = [];
  for await (const one of log.listSegments(prefix)) all.push(one);
  return new Map(all.map(({ path, bytes }) => [path, bytes]));
}

async function copyRest({ checkpoints, segments }: Dependencies, path: string, from: number): Promise<void> {
  if (from === 0) await segments.begin(path);
  let position = from;
  for await (const chunk of await checkpoints.open(path, from)) {
    const bytes = chunk as Buffer;
    // Somebody else copies it.
    if (!(await segments.appendAt(path, position, bytes))) return;
    position += bytes.length;
  }
}
