/**
 * The guarded restorer: the only place that writes into a protected store. Order of every repair: audit `intent` →
 * look at the blob again → damaged bytes into quarantine, read back → mark `begun` → conditional write through a gate
 * that lets only the right content be committed → read back → audit `outcome` → result. Each step can be repeated: a
 * kill in between leaves a mark that the next run goes on from, never a second write, and never a write over what
 * somebody else put there.
 */
import { repairBegun, repairItemDocument, repairPaths } from '../contracts/repair.ts';
import type { RepairCopy, RepairItem, RepairItemDocument } from '../contracts/repair.ts';
import type { EstateBlobStore } from '../contracts/estate.ts';
import { isoOf } from '../contracts/values.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import { algorithmOf, hexOf, type ContentAddress } from '../policy/content-address.ts';
import { Failure } from '../policy/failure.ts';
import { decideItem } from '../policy/repair.ts';
import type { Expected } from '../ports/blob-copies.ts';
import { ContentGate, hashOfStream } from './hash-content.ts';
import { audit } from './records.ts';
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
  await audit(deps, scope, { action: 'repair-blob', target, stage: 'intent', detail });
  const done = await carryOut(deps, scope, order);
  await audit(deps, scope, {
    action: 'repair-blob',
    target,
    stage: 'outcome',
    detail: { ...detail, ...done },
  });
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
  const still = decideItem(item.damaged ?? 'absent', now);
  if (!still.go) return { outcome: still.decision as Done['outcome'], detail: still.sentence };
  const quarantine = now.state === 'damaged' ? await keepDamaged(deps, scope, order, now) : undefined;
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

/** Copies the damaged bytes into the vault and reads them back; nothing is overwritten before they are safe. */
async function keepDamaged(
  deps: Dependencies,
  scope: Scope,
  { item, store, address }: RepairOrder,
  now: { readonly version: string; readonly digest: string },
): Promise<string> {
  const path = repairPaths.quarantine(scope, store.id, hexOf(address), now.version);
  const content = await deps.contents.open(store, item.name, now.version);
  if (content === undefined)
    throw new Failure(
      'conflict',
      `${store.id}/${item.name} is gone while it is repaired`,
      'It is looked at again.',
      {
        retryable: true,
      },
    );
  await deps.vault.createFrom(path, content.stream, 'application/octet-stream');
  const kept = await hashOfStream(algorithmOf(address), await deps.vault.open(path));
  if (kept.digest === now.digest) return path;
  throw new Failure(
    'cannot-record',
    `the quarantine ${path} holds ${kept.digest}, not the damaged content ${now.digest}`,
    'Nothing was written over. Look at the vault: move that document away, then repair again.',
    { retryable: false },
  );
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
  // Only what certainly is the blob that was brought back: somebody may have written one of this name since.
  const isThatOne =
    standing?.version === now.version &&
    standing.createdAt !== undefined &&
    from.at === isoOf(standing.createdAt);
  const taken = isThatOne && (await deps.blobWriter.deleteAgain(store, name, now.version));
  return {
    outcome: taken ? 'no-good-copy' : 'failed',
    detail: `its soft-deleted content hashes to ${now.digest}: ${taken ? 'the undeletion was taken back' : 'it stands, look at it'}`,
  };
}

const wordsOf = (now: {
  readonly state: string;
  readonly digest?: string;
  readonly detail?: string;
}): string => [now.state, now.digest ?? now.detail].filter((part) => part !== undefined).join(', ');
