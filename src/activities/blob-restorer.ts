/**
 * The guarded restorer: the only place that writes into a protected store. Order of every repair: audit `intent` →
 * look at the blob again → damaged bytes into quarantine, read back → mark `begun` → conditional write through a gate
 * that lets only the right content be committed → read back → audit `outcome` → result. Each step can be repeated: a
 * kill in between leaves a mark that the next run goes on from, never a second write, and never a write over what
 * somebody else put there. An undeletion that was cut off before it was judged is judged by the next run.
 */
import { repairBegun, repairItemDocument, repairPaths } from '../contracts/repair.ts';
import type { RepairCopy, RepairItem, RepairItemDocument } from '../contracts/repair.ts';
import type { EstateBlobStore } from '../contracts/estate.ts';
import { isoOf } from '../contracts/values.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import type { ContentAddress } from '../policy/content-address.ts';
import { Failure } from '../policy/failure.ts';
import { decideItem, type BlobNow } from '../policy/repair.ts';
import type { BlobState, Expected } from '../ports/blob-copies.ts';
import { audited } from './audited.ts';
import { keepDamaged } from './blob-quarantine.ts';
import { ContentGate } from './hash-content.ts';
import { copyOf, lookAt, openCopy, type RepairSubject } from './repair-examine.ts';
import type { Dependencies } from './dependencies.ts';
import { storeHere } from './scope.ts';
import { createOrRead, readDocument } from './vault-documents.ts';

/** One item of a plan that may be done, and who said so. */
export interface RepairOrder {
  readonly plan: string;
  readonly item: RepairItem;
  readonly store: EstateBlobStore;
  readonly address: ContentAddress;
  readonly authority: string;
}

type DamagedBlob = Extract<BlobNow, { readonly state: 'damaged' }>;
type Done = Pick<RepairItemDocument, 'outcome' | 'detail'> & { readonly quarantine?: string };

/** Repairs one blob, or says why not; run again it gives the first run's answer. Throws if nothing can be recorded. */
export async function restoreBlob(
  deps: Dependencies,
  scope: Scope,
  order: RepairOrder,
): Promise<RepairItemDocument> {
  const { plan, item, store, authority } = order;
  const path = repairPaths.item(scope, plan, item.id);
  const standing = await readDocument(deps.vault, path, repairItemDocument);
  if (standing !== undefined) return standing;
  await storeHere(deps, store);
  const target = `${store.id}/${item.name}`;
  const detail = { plan, authority, from: item.from?.kind ?? '' };
  const done = await audited(
    deps,
    scope,
    { action: 'repair-blob', target, detail },
    () => carryOut(deps, scope, order),
    (end) => ({ result: end.outcome === 'repaired' ? 'done' : 'failed', detail: { ...end } }),
  );
  return createOrRead(deps.vault, path, repairItemDocument, {
    schema: 'lifeboat/repair-item/v1',
    ...{ plan, item: item.id, store: store.id, name: item.name, at: isoOf(deps.clock.now()), authority },
    ...(item.from === undefined ? {} : { from: item.from }),
    ...done,
  });
}

async function carryOut(deps: Dependencies, scope: Scope, order: RepairOrder): Promise<Done> {
  const { plan, item, store, address } = order;
  if (item.decision !== 'repairable' || item.from === undefined)
    throw new Failure(
      'refused',
      `plan ${plan} does not repair ${store.id}/${item.name}`,
      'The plan and the orchestration do not belong together.',
    );
  const subject: RepairSubject = { store, name: item.name, address };
  const begunPath = repairPaths.begun(scope, plan, item.id);
  const wasBegun = (await readDocument(deps.vault, begunPath, repairBegun)) !== undefined;
  const now = await lookAt(deps, subject);
  if (wasBegun && now.state === 'right')
    return { outcome: 'repaired', detail: 'found right after a write that was cut off' };
  if (wasBegun && now.state === 'damaged' && item.from.kind === 'soft-deleted')
    return judgeCutOffUndeletion(deps, subject, item.from, now);
  const still = decideItem(item.damaged ?? 'absent', now);
  if (!still.go) return { outcome: still.decision as Done['outcome'], detail: still.sentence };
  const quarantine = now.state === 'damaged' ? await keepDamaged(deps, scope, subject, now) : undefined;
  await createOrRead(deps.vault, begunPath, repairBegun, {
    schema: 'lifeboat/repair-begun/v1',
    ...{ plan, item: item.id, at: isoOf(deps.clock.now()), from: item.from },
  });
  const done =
    item.from.kind === 'soft-deleted'
      ? await undelete(deps, subject, item.from)
      : await rewrite(deps, subject, item.from, item.damaged ?? 'absent');
  return { ...done, ...(quarantine === undefined ? {} : { quarantine }) };
}

async function rewrite(
  deps: Dependencies,
  subject: RepairSubject,
  from: RepairCopy,
  expected: Expected,
): Promise<Done> {
  const copy = await openCopy(deps, subject, copyOf(from));
  if (copy === undefined)
    return {
      outcome: 'no-good-copy',
      detail: `the copy (${from.kind} ${from.id}) is gone: nothing is written`,
    };
  const gate = await ContentGate.for(subject.address);
  copy.stream.once('error', (error) => gate.destroy(error));
  let version: string | undefined;
  try {
    version = await deps.blobWriter.put(subject.store, subject.name, expected, {
      ...copy,
      stream: copy.stream.pipe(gate),
    });
  } catch (thrown) {
    if (gate.wrongDigest === undefined) throw thrown;
    const detail = `the copy (${from.kind} ${from.id}) hashes to ${gate.wrongDigest} by now: nothing was written`;
    return { outcome: 'no-good-copy', detail };
  } finally {
    copy.stream.destroy();
  }
  if (version === undefined) return afterLostRace(deps, subject);
  const now = await lookAt(deps, subject);
  return now.state === 'right'
    ? { outcome: 'repaired', detail: `from ${from.kind} ${from.id}`.trimEnd() }
    : { outcome: 'failed', detail: `it was written, and reads back ${wordsOf(now)}` };
}

/** The store refused the write, because the blob was no longer what it was: it is left to whoever changed it. */
async function afterLostRace(deps: Dependencies, subject: RepairSubject): Promise<Done> {
  const now = await lookAt(deps, subject);
  if (now.state === 'right') return { outcome: 'not-damaged-any-more', detail: 'somebody else repaired it' };
  return { outcome: 'refused', detail: 'left alone: it was changed at the moment of the write' };
}

async function undelete(deps: Dependencies, subject: RepairSubject, from: RepairCopy): Promise<Done> {
  const { store, name } = subject;
  if (!(await deps.blobWriter.undelete(store, name)))
    return { outcome: 'no-good-copy', detail: 'its soft-deleted content is gone: nothing is written' };
  const standing = await deps.copies.current(store, name);
  const now = await lookAt(deps, subject);
  if (now.state === 'right') return { outcome: 'repaired', detail: 'undeleted' };
  if (now.state !== 'damaged')
    return { outcome: 'failed', detail: `it was undeleted, and reads back ${wordsOf(now)}` };
  const taken = isBroughtBack(standing, now, from) && (await takeBack(deps, subject, now));
  return taken ? takenBack(now) : { outcome: 'failed', detail: `${wrongBy(now)}: it stands, look at it` };
}

/**
 * What stands there is wrong, and an undeletion was begun that nobody judged: it is taken back as by the run that was
 * cut off. That run saw the blob from its undeletion on, this one did not: the size must be that of the plan as well.
 */
async function judgeCutOffUndeletion(
  deps: Dependencies,
  subject: RepairSubject,
  from: RepairCopy,
  now: DamagedBlob,
): Promise<Done> {
  const standing = await deps.copies.current(subject.store, subject.name);
  const isThatOne = isBroughtBack(standing, now, from) && now.size === from.size;
  if (isThatOne && (await takeBack(deps, subject, now))) return takenBack(now);
  return {
    outcome: 'refused',
    detail: `left alone: content that hashes to ${now.digest} stands there after an undeletion that was cut off, and it is not certain that this is what was brought back: look at it`,
  };
}

/** Whether this is certainly the blob that was brought back: somebody may have written one of this name since. */
const isBroughtBack = (standing: BlobState | undefined, now: DamagedBlob, from: RepairCopy): boolean =>
  standing?.version === now.version &&
  standing.createdAt !== undefined &&
  from.at === isoOf(standing.createdAt);

const takeBack = (deps: Dependencies, { store, name }: RepairSubject, now: DamagedBlob): Promise<boolean> =>
  deps.blobWriter.deleteAgain(store, name, now.version);

const takenBack = (now: DamagedBlob): Done => ({
  outcome: 'no-good-copy',
  detail: `${wrongBy(now)}: the undeletion was taken back`,
});

const wrongBy = (now: DamagedBlob): string => `its soft-deleted content hashes to ${now.digest}`;

const wordsOf = (now: {
  readonly state: string;
  readonly digest?: string;
  readonly detail?: string;
}): string => [now.state, now.digest ?? now.detail].filter((part) => part !== undefined).join(', ');
