/**
 * A blob store in memory that keeps what a repair looks for: earlier versions or a soft-deleted blob, and a geo
 * secondary. Every write that is asked of it is recorded, whether or not its condition held.
 */
import { Readable } from 'node:stream';
import type { DateTime } from 'luxon';
import { Failure } from '../../src/policy/failure.ts';
import type {
  BlobCopies,
  BlobState,
  BlobWriter,
  CopyContent,
  Expected,
  StoreCopy,
} from '../../src/ports/blob-copies.ts';
import type {
  BlobContent,
  BlobSnapshot,
  BlobVersion,
  ContentDeleter,
  ContentStores,
  DeletionOutcome,
  JudgedBlob,
  ListedPage,
  StoreAddress,
  VersionName,
} from '../../src/ports/content-store.ts';
import { Faults } from './faults.ts';
import type { Clock } from '../../src/ports/clock.ts';

interface Held {
  bytes: Buffer;
  readonly version: string;
  /** As the service names versions: instants with seven digits, each after every earlier one. */
  readonly versionId: string;
  readonly createdAt: DateTime;
}

interface Blob {
  current: Held | undefined;
  readonly versions: { readonly id: string; bytes: Buffer; readonly at: DateTime }[];
  deleted: Held | undefined;
  secondary: Buffer | undefined;
}

/** What an account keeps: `versions` of everything, or only what was deleted. */
export type Keeping = 'versions' | 'soft-delete' | 'nothing';

export class MemoryCopies implements ContentStores, ContentDeleter, BlobCopies, BlobWriter {
  readonly faults = new Faults();
  /** The writes that took effect. */
  readonly writes: string[] = [];
  keeping: Keeping;
  readonly #clock: Clock;
  readonly #blobs = new Map<string, Blob>();
  #count = 0;

  constructor(clock: Clock, keeping: Keeping = 'versions') {
    this.#clock = clock;
    this.keeping = keeping;
  }

  /** Stores content as its owner does, over what stands there. */
  upload(name: string, bytes: Buffer | string): void {
    const blob = this.#blob(name);
    this.#keep(blob);
    blob.current = this.#held(Buffer.from(bytes));
    blob.deleted = undefined;
  }

  /** Deletes as the owner does. */
  delete(name: string): void {
    const blob = this.#blob(name);
    this.#keep(blob);
    if (this.keeping === 'soft-delete') blob.deleted = blob.current;
    blob.current = undefined;
  }

  /** Until when the secondary has everything, as the service tells; a minute ago unless set. */
  lastSyncAt: DateTime | 'a minute ago' | undefined = 'a minute ago';

  lastSync(_store: StoreAddress): Promise<DateTime | undefined> {
    const { lastSyncAt } = this;
    return this.faults.run('lastSync', () =>
      lastSyncAt === 'a minute ago' ? this.#clock.now().minus({ minutes: 1 }) : lastSyncAt,
    );
  }

  /** The geo secondary catches up. */
  replicate(): void {
    for (const blob of this.#blobs.values()) blob.secondary = blob.current?.bytes;
  }

  /** Damages stored bytes at rest: no version is made and the version (ETag) stays; `undefined` loses them. */
  rot(
    name: string,
    where: 'current' | 'secondary' | 'versions' | 'deleted',
    bytes: Buffer | undefined,
  ): void {
    const blob = this.#blob(name);
    if (where === 'secondary') blob.secondary = bytes;
    else if (where === 'versions') for (const one of blob.versions) one.bytes = bytes ?? Buffer.alloc(0);
    else if (bytes === undefined) blob[where] = undefined;
    else if (blob[where] !== undefined) blob[where].bytes = bytes;
  }

  /** The content that stands there; undefined if none does. */
  bytesOf(name: string): Buffer | undefined {
    return this.#blobs.get(name)?.current?.bytes;
  }

  /** Whether a soft-deleted blob waits to be brought back. */
  isSoftDeleted(name: string): boolean {
    return this.#blobs.get(name)?.deleted !== undefined;
  }

  current(_store: StoreAddress, name: string): Promise<BlobState | undefined> {
    return this.faults.run(`current ${name}`, () => {
      const held = this.#blobs.get(name)?.current;
      return held === undefined
        ? undefined
        : {
            ...{ version: held.version, size: held.bytes.length },
            ...{ createdAt: held.createdAt, modifiedAt: held.createdAt },
          };
    });
  }

  list(_store: StoreAddress, name: string): Promise<StoreCopy[]> {
    return this.faults.run(`list ${name}`, () => this.#copies(this.#blob(name)));
  }

  open(store: StoreAddress, name: string, copy: StoreCopy): Promise<CopyContent | undefined>;
  open(store: StoreAddress, name: string, version?: string): Promise<BlobContent | undefined>;
  open(_store: StoreAddress, name: string, which?: StoreCopy | string): Promise<CopyContent | undefined> {
    const label = typeof which === 'object' ? `open ${which.kind} ${name}` : `open ${name}`;
    return this.faults.run(label, () =>
      contentOf(
        typeof which === 'object' ? this.#copyBytes(this.#blob(name), which) : this.#now(name, which),
      ),
    );
  }

  put(
    _store: StoreAddress,
    name: string,
    expected: Expected,
    content: CopyContent,
  ): Promise<string | undefined> {
    return this.faults.run(`put ${name}`, async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of content.stream) chunks.push(chunk as Buffer);
      const held = this.#blobs.get(name)?.current;
      if (expected === 'absent' ? held !== undefined : held?.version !== expected.version) return undefined;
      this.upload(name, Buffer.concat(chunks));
      this.writes.push(`put ${name}`);
      return this.#blobs.get(name)?.current?.version;
    });
  }

  undelete(_store: StoreAddress, name: string): Promise<boolean> {
    return this.faults.run(`undelete ${name}`, () => {
      const blob = this.#blob(name);
      if (blob.deleted === undefined) return false;
      // The content keeps its date, and gets a version of its own.
      blob.current = { ...this.#held(blob.deleted.bytes), createdAt: blob.deleted.createdAt };
      blob.deleted = undefined;
      this.writes.push(`undelete ${name}`);
      return true;
    });
  }

  deleteAgain(_store: StoreAddress, name: string, version: string): Promise<boolean> {
    return this.faults.run(`deleteAgain ${name}`, () => {
      if (this.#blobs.get(name)?.current?.version !== version) return false;
      this.delete(name);
      this.writes.push(`deleteAgain ${name}`);
      return true;
    });
  }

  listFrom(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  listPage(_store: StoreAddress, prefix: string, _token: string | undefined): Promise<ListedPage> {
    const blobs = [...this.#blobs]
      .filter(([name]) => name.startsWith(prefix))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, { current }]) =>
        current === undefined
          ? []
          : [{ name, size: current.bytes.length, version: current.version, createdAt: current.createdAt }],
      );
    return Promise.resolve({ blobs, next: undefined });
  }

  async *listSnapshots(_store: StoreAddress): AsyncIterable<BlobSnapshot> {}

  async *listVersions(_store: StoreAddress, prefix = ''): AsyncIterable<BlobVersion> {
    if (this.keeping !== 'versions') return;
    for (const [name, { versions, current }] of this.#blobs) {
      if (!name.startsWith(prefix)) continue;
      for (const { id, at } of versions) yield { name, version: id, at, isCurrent: false };
      if (current !== undefined)
        yield { name, version: current.versionId, at: current.createdAt, isCurrent: true };
    }
  }

  deleteVersions(_store: StoreAddress, versions: readonly VersionName[]): Promise<DeletionOutcome[]> {
    return this.faults.run('deleteVersions', () =>
      versions.map(({ name, version }): DeletionOutcome => {
        const own = this.#blob(name).versions;
        const at = own.findIndex(({ id }) => id === version);
        if (at < 0) return 'absent';
        own.splice(at, 1);
        return 'deleted';
      }),
    );
  }

  deleteBlobs(_store: StoreAddress, blobs: readonly JudgedBlob[]): Promise<DeletionOutcome[]> {
    return this.faults.run('deleteBlobs', () =>
      blobs.map(({ name, etag }): DeletionOutcome => {
        const held = this.#blob(name).current;
        if (held === undefined) return 'absent';
        if (held.version !== etag)
          return { failure: new Failure('conflict', `${name} is of another version`, 'Look again.') };
        this.delete(name);
        this.writes.push(`delete ${name}`);
        return 'deleted';
      }),
    );
  }

  deleteSnapshots(): Promise<DeletionOutcome[]> {
    return Promise.resolve([]);
  }

  #now(name: string, version: string | undefined): Buffer | undefined {
    const held = this.#blobs.get(name)?.current;
    if (held !== undefined && version !== undefined && version !== held.version)
      throw new Failure('conflict', `${name} is of another version`, 'Read it again.');
    return held?.bytes;
  }

  #copies(blob: Blob): StoreCopy[] {
    const { secondary, deleted } = blob;
    return [
      ...blob.versions.map(({ id, bytes, at }) => ({ kind: 'version' as const, id, size: bytes.length, at })),
      ...(secondary === undefined
        ? []
        : [{ kind: 'secondary' as const, id: '', size: secondary.length, at: undefined }]),
      ...(deleted === undefined
        ? []
        : [{ kind: 'soft-deleted' as const, id: '', size: deleted.bytes.length, at: deleted.createdAt }]),
    ];
  }

  #copyBytes(blob: Blob, copy: StoreCopy): Buffer | undefined {
    if (copy.kind === 'version') return blob.versions.find((one) => one.id === copy.id)?.bytes;
    if (copy.kind === 'secondary') return blob.secondary;
    throw new Failure('refused', 'a soft-deleted blob cannot be read', 'Undelete it first.');
  }

  #keep(blob: Blob): void {
    if (blob.current === undefined || this.keeping !== 'versions') return;
    const { bytes, versionId: id, createdAt } = blob.current;
    blob.versions.push({ id, bytes, at: createdAt });
  }

  #held(bytes: Buffer): Held {
    const createdAt = this.#clock.now().toUTC();
    const count = (this.#count += 1);
    const versionId = `${createdAt.toISO()?.slice(0, -1)}${String(count).padStart(4, '0')}Z`;
    return { bytes, version: `"etag-${count}"`, versionId, createdAt };
  }

  #blob(name: string): Blob {
    const blob = this.#blobs.get(name) ?? {
      ...{ current: undefined, versions: [], deleted: undefined, secondary: undefined },
    };
    this.#blobs.set(name, blob);
    return blob;
  }
}

const contentOf = (bytes: Buffer | undefined): CopyContent | undefined =>
  bytes === undefined
    ? undefined
    : { size: bytes.length, stream: Readable.from([bytes], { objectMode: false }), properties: {} };
