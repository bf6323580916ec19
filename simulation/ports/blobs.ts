/** The blob store as one process reaches it: contents, snapshots, copies, and the conditional writes of a repair. */
import { Readable } from 'node:stream';
import { Failure } from '../../src/policy/failure.ts';
import type { BlobCopies, BlobWriter, CopyContent, StoreCopy } from '../../src/ports/blob-copies.ts';
import type {
  BlobContent,
  ContentDeleter,
  ContentStores,
  SnapshotName,
  DeletionOutcome,
  JudgedBlob,
  VersionName,
} from '../../src/ports/content-store.ts';
import type { Life } from '../engine/life.ts';
import type { Faults } from '../faults.ts';
import type { BlobAccount } from '../world/blob-account.ts';
import { listed } from './vault.ts';

/** Hears of what a process does to the protected store, before it is done. */
export interface BlobWatcher {
  deletesSnapshot(name: string, snapshot: string): void;
  deletesVersion(name: string, version: string): void;
  deletesBlob(name: string): void;
  writes(name: string, bytes: Buffer): void;
  undeletes(name: string): void;
  deletesAgain(name: string): void;
}

const pageSize = 7;

export function contentsOf(life: Life, faults: Faults, account: BlobAccount): ContentStores {
  return {
    open: ({ side }, name, version) =>
      life.call(`open ${name.slice(0, 9)}`, 'read', (): BlobContent | undefined => {
        const blob = account.blobs.get(name);
        if (side === 'secondary') {
          const bytes = blob?.secondary;
          return bytes === undefined ? undefined : { size: bytes.length, stream: streamOf(bytes, faults) };
        }
        const held = blob?.current;
        if (held === undefined) return undefined;
        if (version !== undefined && version !== held.version)
          throw new Failure('conflict', `${name} is of another version`, 'Read it again.');
        return { size: held.bytes.length, stream: streamOf(held.bytes, faults) };
      }),
    listPage: (_store, prefix, token) =>
      life.call(`list blobs ${token ?? ''}`, 'read', () => {
        const names = account.names(faults.happens('stale')).filter((name) => name.startsWith(prefix));
        const rest = token === undefined ? names : names.filter((name) => name > token);
        const page = rest.slice(0, pageSize);
        const blobs = page.flatMap((name) => {
          const held = account.blobs.get(name)?.current;
          if (held === undefined) return [];
          const { version, createdAt } = held;
          return [{ name, size: held.bytes.length, version, createdAt }];
        });
        return { blobs, next: rest.length > pageSize ? page.at(-1) : undefined };
      }),
    listFrom: (_store, { from, token, most }) =>
      life.call(`list blobs from ${from}`, 'read', () => {
        const names = account.names(faults.happens('stale')).filter((name) => name >= from);
        const rest = token === undefined ? names : names.filter((name) => name > token);
        const page = rest.slice(0, Math.min(most, pageSize));
        const blobs = page.flatMap((name) => {
          const held = account.blobs.get(name)?.current;
          return held === undefined ? [] : [{ name, size: held.bytes.length, ...held }];
        });
        return { blobs, next: rest.length > page.length ? page.at(-1) : undefined };
      }),
    listVersions: (_store, prefix = '') =>
      listed(life, faults, 'list versions', () =>
        account.allVersions().filter(({ name }) => name.startsWith(prefix)),
      ),
    listSnapshots: (_store, prefix = '') =>
      listed(life, faults, 'list snapshots', () =>
        [...account.snapshots.values()].filter(({ name }) => name.startsWith(prefix)),
      ),
  };
}

/** A batch of deletions: each of them may fail by itself, before its effect or after it. */
export function contentDeleterOf(
  life: Life,
  faults: Faults,
  account: BlobAccount,
  watcher: BlobWatcher,
): ContentDeleter {
  const deleteOne = ({ name, snapshot }: SnapshotName): DeletionOutcome => {
    const id = `${name}@${snapshot}`;
    if (!account.snapshots.has(id)) return 'absent';
    const failure = new Failure('unavailable', `the deletion of ${id} is disturbed`, 'It passes.');
    if (faults.happens('lost')) return { failure };
    watcher.deletesSnapshot(name, snapshot);
    account.snapshots.delete(id);
    return faults.happens('lost') ? { failure } : 'deleted';
  };
  const deleteVersion = ({ name, version }: VersionName): DeletionOutcome => {
    const id = `${name}@${version}`;
    const blob = account.need(name);
    if (blob.current?.versionId === version)
      return { failure: new Failure('access-denied', `${id} is the current version`, 'A defect.') };
    if (!blob.versions.some((one) => one.id === version)) return 'absent';
    const failure = new Failure('unavailable', `the deletion of ${id} is disturbed`, 'It passes.');
    if (faults.happens('lost')) return { failure };
    watcher.deletesVersion(name, version);
    account.deleteVersion(name, version);
    return faults.happens('lost') ? { failure } : 'deleted';
  };
  const deleteBlob = ({ name, etag }: JudgedBlob): DeletionOutcome => {
    const held = account.blobs.get(name)?.current;
    if (held === undefined) return 'absent';
    if (held.version !== etag)
      return { failure: new Failure('conflict', `${name} is of another version`, 'Look again.') };
    if ([...account.snapshots.values()].some((one) => one.name === name))
      return { failure: new Failure('conflict', `${name} has snapshots`, 'They go first.') };
    const failure = new Failure('unavailable', `the deletion of ${name} is disturbed`, 'It passes.');
    if (faults.happens('lost')) return { failure };
    watcher.deletesBlob(name);
    account.delete(name);
    return faults.happens('lost') ? { failure } : 'deleted';
  };
  return {
    deleteBlobs: (_store, blobs) => {
      const names = blobs.map(({ name }) => name.slice(0, 9));
      return life.call(`DELETE blobs ${names.join(' ')}`, 'effect', () => blobs.map(deleteBlob));
    },
    deleteVersions: (_store, versions) => {
      const names = versions.map(({ name, version }) => `${name.slice(0, 9)}@${version}`);
      return life.call(`DELETE versions ${names.join(' ')}`, 'effect', () => versions.map(deleteVersion));
    },
    deleteSnapshots: (_store, snapshots) => {
      const names = snapshots.map(({ name, snapshot }) => `${name.slice(0, 9)}@${snapshot}`);
      return life.call(`DELETE snapshots ${names.join(' ')}`, 'effect', () => snapshots.map(deleteOne));
    },
  };
}

export function copiesOf(life: Life, faults: Faults, account: BlobAccount): BlobCopies {
  return {
    current: (_store, name) =>
      life.call(`current ${name.slice(0, 9)}`, 'read', () => {
        const held = account.blobs.get(name)?.current;
        if (held === undefined) return undefined;
        const { version, bytes, createdAt, modifiedAt } = held;
        return { version, size: bytes.length, createdAt, modifiedAt };
      }),
    lastSync: () => life.call('last sync', 'read', () => account.lastSync),
    list: (_store, name) => life.call(`list copies ${name.slice(0, 9)}`, 'read', () => account.copies(name)),
    open: (_store, name, copy) =>
      life.call(`open ${copy.kind} ${name.slice(0, 9)}`, 'read', (): CopyContent | undefined => {
        const bytes = copyBytes(account, name, copy);
        if (bytes === undefined) return undefined;
        return { size: bytes.length, stream: streamOf(bytes, faults), properties: {} };
      }),
  };
}

export function blobWriterOf(life: Life, account: BlobAccount, watcher: BlobWatcher): BlobWriter {
  return {
    async put(_store, name, expected, content) {
      const chunks: Buffer[] = [];
      for await (const chunk of content.stream) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      return life.call(`PUT ${name.slice(0, 9)}`, 'effect', () => {
        const held = account.need(name).current;
        if (expected === 'absent' ? held !== undefined : held?.version !== expected.version) return undefined;
        watcher.writes(name, bytes);
        return account.write(name, bytes).version;
      });
    },
    undelete: (_store, name) =>
      life.call(`UNDELETE ${name.slice(0, 9)}`, 'effect', () => {
        watcher.undeletes(name);
        return account.undelete(name);
      }),
    deleteAgain: (_store, name, version) =>
      life.call(`DELETE AGAIN ${name.slice(0, 9)}`, 'effect', () => {
        if (account.need(name).current?.version !== version) return false;
        watcher.deletesAgain(name);
        account.delete(name);
        return true;
      }),
  };
}

function copyBytes(account: BlobAccount, name: string, copy: StoreCopy): Buffer | undefined {
  const blob = account.need(name);
  if (copy.kind === 'version') return blob.versions.find((one) => one.id === copy.id)?.bytes;
  if (copy.kind === 'secondary') return blob.secondary;
  throw new Failure('refused', 'a soft-deleted blob cannot be read', 'Undelete it first.');
}

/** The bytes as they come: at times a bit is flipped on the way, or the connection is lost. */
function streamOf(bytes: Buffer, faults: Faults): Readable {
  if (faults.happens('partial')) return Readable.from(brokenOff(bytes), { objectMode: false });
  if (!faults.happens('lost')) return Readable.from([bytes], { objectMode: false });
  const sent = Buffer.from(bytes);
  sent[0] = (sent[0] ?? 0) ^ 2;
  return Readable.from([sent], { objectMode: false });
}

async function* brokenOff(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes.subarray(0, 1);
  throw new Failure('unavailable', 'the connection was reset', 'It passes.');
}
