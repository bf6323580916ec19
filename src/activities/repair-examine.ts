/**
 * Looks at a damaged blob and at every copy of it. Nothing here writes. A blob is called damaged only when two readings
 * of the same version agree on what is wrong with it.
 */
import { DateTime } from 'luxon';
import type { RepairCopy } from '../contracts/repair.ts';
import { repairPaths } from '../contracts/repair.ts';
import { isoOf } from '../contracts/values.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import { algorithmOf, hexOf, type ContentAddress } from '../policy/content-address.ts';
import { failureFrom } from '../policy/failure.ts';
import { orderCopies, type BlobNow, type CopyKind } from '../policy/repair.ts';
import type { CopyContent, StoreCopy } from '../ports/blob-copies.ts';
import type { StoreAddress } from '../ports/content-store.ts';
import type { Dependencies } from './dependencies.ts';
import { hashOfStream } from './hash-content.ts';

/** A blob of a store, and what its content must hash to. */
export interface RepairSubject {
  readonly store: StoreAddress & { readonly id: string };
  readonly name: string;
  readonly address: ContentAddress;
}

/** What the blob is now; throws only what keeps it from being read at all. */
export async function lookAt(deps: Dependencies, subject: RepairSubject): Promise<BlobNow> {
  const first = await readOnce(deps, subject);
  if (first.state !== 'damaged') return first;
  const second = await readOnce(deps, subject);
  const agree =
    second.state === 'damaged' && second.version === first.version && second.digest === first.digest;
  if (agree || second.state === 'right') return second;
  return { state: 'unsteady', detail: 'two readings of it do not agree' };
}

async function readOnce(deps: Dependencies, { store, name, address }: RepairSubject): Promise<BlobNow> {
  const current = await deps.copies.current(store, name);
  if (current === undefined) return { state: 'absent' };
  const { version } = current;
  try {
    const content = await deps.contents.open(store, name, version);
    if (content === undefined) return { state: 'absent' };
    const { digest, bytes } = await hashOfStream(algorithmOf(address), content.stream);
    if (bytes !== content.size)
      return { state: 'unsteady', detail: `${bytes} bytes came, ${content.size} were announced` };
    return digest === address
      ? { state: 'right', version }
      : { state: 'damaged', version, size: bytes, digest };
  } catch (thrown) {
    const failure = failureFrom(thrown);
    if (failure.code === 'conflict') return { state: 'unsteady', detail: 'it changes while it is read' };
    throw failure;
  }
}

/** A copy before it was looked at. */
export interface KnownCopy {
  readonly kind: CopyKind;
  readonly id: string;
  readonly size: number;
  readonly at: DateTime | undefined;
}

/** The copies of a blob in order, each read and hashed until a good one is found. */
export async function examineCopies(
  deps: Dependencies,
  scope: Scope,
  subject: RepairSubject,
): Promise<RepairCopy[]> {
  const known: KnownCopy[] = [
    ...(await deps.copies.list(subject.store, subject.name)),
    ...(await vaultCopies(deps, scope, subject)),
  ];
  const examined: RepairCopy[] = [];
  for (const copy of orderCopies(known)) {
    const { kind, id, size, at } = copy;
    const seen = await examineCopy(deps, subject, copy);
    examined.push({ kind, id, size, ...(at === undefined ? {} : { at: isoOf(at) }), ...seen });
    if (seen.verdict === 'good') break;
  }
  return examined;
}

async function vaultCopies(
  deps: Dependencies,
  scope: Scope,
  { store, address }: RepairSubject,
): Promise<KnownCopy[]> {
  const path = repairPaths.copy(scope, store.id, hexOf(address));
  for await (const found of deps.vault.list(path))
    if (found === path) return [{ kind: 'vault', id: path, size: 0, at: undefined }];
  return [];
}

async function examineCopy(
  deps: Dependencies,
  subject: RepairSubject,
  copy: KnownCopy,
): Promise<Pick<RepairCopy, 'verdict' | 'detail'>> {
  if (copy.kind === 'soft-deleted')
    return { verdict: 'unseen', detail: 'it can be read only after it is undeleted' };
  try {
    const content = await openCopy(deps, subject, copy);
    if (content === undefined) return { verdict: 'gone', detail: 'it is not there' };
    const { digest } = await hashOfStream(algorithmOf(subject.address), content.stream);
    return digest === subject.address
      ? { verdict: 'good', detail: `hashes to ${digest}` }
      : { verdict: 'bad', detail: `hashes to ${digest}` };
  } catch (thrown) {
    return { verdict: 'unreadable', detail: failureFrom(thrown).message };
  }
}

/** A copy's content; undefined if it is gone. */
export async function openCopy(
  deps: Dependencies,
  { store, name }: RepairSubject,
  copy: KnownCopy,
): Promise<CopyContent | undefined> {
  if (copy.kind !== 'vault') return deps.copies.open(store, name, storeCopy(copy));
  try {
    return { size: copy.size, stream: await deps.vault.open(copy.id), properties: {} };
  } catch (thrown) {
    if (failureFrom(thrown).code === 'not-found') return undefined;
    throw thrown;
  }
}

/** The copy as a plan tells it, as it was when it was looked at. */
export function copyOf(told: RepairCopy): KnownCopy {
  const { kind, id, size, at } = told;
  return { kind, id, size, at: at === undefined ? undefined : DateTime.fromISO(at, { zone: 'utc' }) };
}

const storeCopy = (copy: KnownCopy): StoreCopy => copy as StoreCopy; // Of another kind than `vault`, which the store has not.
