/** Blob stores in memory, with the damage that a test orders: at rest, on the way, absent, cut, unreadable. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { DateTime } from 'luxon';
import { blobNameFor, type AddressLayout, addressFromHex } from '../../src/policy/content-address.ts';
import { Failure } from '../../src/policy/failure.ts';
import type {
  BlobContent,
  BlobSnapshot,
  BlobVersion,
  ContentDeleter,
  ContentStores,
  JudgedBlob,
  ListedPage,
  ListingPlace,
  SnapshotName,
  DeletionOutcome,
  StoreAddress,
  VersionName,
} from '../../src/ports/content-store.ts';

/** `flip` at rest, `flip-once` on the way of the next reading, `cut` short of the announced size. */
export type Damage = 'flip' | 'flip-once' | 'cut' | 'missing' | 'unreadable' | 'broken-off';

export class MemoryContents implements ContentStores, ContentDeleter {
  readonly blobs = new Map<string, Buffer>();
  readonly #damage = new Map<string, Damage>();
  readonly snapshots = new Map<string, BlobSnapshot>();
  /** By `name@version`. */
  readonly versions = new Map<string, BlobVersion>();
  /** Why a snapshot or a version (`name@…`) cannot be deleted. */
  readonly refusals = new Map<string, Failure>();
  /** When a blob was made, by name; long ago unless set. */
  readonly created = new Map<string, DateTime>();
  /** Names in one page of a listing. */
  pageSize = 5_000;
  /** Whether a listing can begin at a name. */
  beginsAnywhere = true;
  opened = 0;
  /** Names that have not reached the secondary, or were lost there. */
  readonly notOnSecondary = new Set<string>();

  /** Stores content under its address; returns the digest in hex. */
  put(content: string, layout: AddressLayout): string {
    const hex = createHash(layout.algorithm).update(content).digest('hex');
    this.blobs.set(blobNameFor(layout, addressFromHex(layout.algorithm, hex)!), Buffer.from(content));
    return hex;
  }

  damage(name: string, damage: Damage): void {
    if (!this.blobs.has(name)) throw new Error(`there is no blob ${name}`);
    this.#damage.set(name, damage);
  }

  listPage(_store: StoreAddress, prefix: string, token: string | undefined): Promise<ListedPage> {
    const names = [...this.blobs.keys()].filter((name) => name.startsWith(prefix)).toSorted();
    const from = Number(token ?? 0);
    const blobs = names.slice(from, from + this.pageSize).map((name) => ({
      name,
      size: this.blobs.get(name)!.length,
      version: versionOf(this.blobs.get(name)!),
      createdAt: this.created.get(name) ?? DateTime.fromMillis(0, { zone: 'utc' }),
    }));
    const next = from + this.pageSize < names.length ? String(from + this.pageSize) : undefined;
    return Promise.resolve({ blobs, next });
  }

  async listFrom(store: StoreAddress, { from, token, most }: ListingPlace): Promise<ListedPage | undefined> {
    if (!this.beginsAnywhere) return undefined;
    const names = [...this.blobs.keys()].toSorted();
    const first = token ?? String(names.filter((name) => name < from).length);
    const { blobs, next } = await this.listPage(store, '', first);
    const more = blobs.length > most ? String(Number(first) + most) : next;
    return { blobs: blobs.slice(0, most), next: more };
  }

  async *listSnapshots(_store: StoreAddress, prefix = ''): AsyncIterable<BlobSnapshot> {
    for (const snapshot of this.snapshots.values()) if (snapshot.name.startsWith(prefix)) yield snapshot;
  }

  deleteSnapshots(_store: StoreAddress, snapshots: readonly SnapshotName[]): Promise<DeletionOutcome[]> {
    const nameless = snapshots.find(({ snapshot }) => snapshot === '');
    if (nameless !== undefined)
      return Promise.reject(new Failure('refused', `no snapshot of ${nameless.name} was named`, 'A defect.'));
    return Promise.resolve(
      snapshots.map(({ name, snapshot }) => {
        const refusal = this.refusals.get(`${name}@${snapshot}`);
        if (refusal !== undefined) return { failure: refusal };
        return this.snapshots.delete(`${name}@${snapshot}`) ? 'deleted' : 'absent';
      }),
    );
  }

  async *listVersions(_store: StoreAddress, prefix = ''): AsyncIterable<BlobVersion> {
    const inOrder = [...this.versions.values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    for (const version of inOrder) if (version.name.startsWith(prefix)) yield version;
  }

  deleteVersions(_store: StoreAddress, versions: readonly VersionName[]): Promise<DeletionOutcome[]> {
    const nameless = versions.find(({ version }) => version === '');
    if (nameless !== undefined)
      return Promise.reject(new Failure('refused', `no version of ${nameless.name} was named`, 'A defect.'));
    return Promise.resolve(
      versions.map((one): DeletionOutcome => {
        const key = keyOf(one);
        const refusal = this.refusals.get(key);
        if (refusal !== undefined) return { failure: refusal };
        if (this.versions.get(key)?.isCurrent === true)
          return { failure: new Failure('access-denied', `${key} is the current version`, 'A defect.') };
        return this.versions.delete(key) ? 'deleted' : 'absent';
      }),
    );
  }

  deleteBlobs(_store: StoreAddress, blobs: readonly JudgedBlob[]): Promise<DeletionOutcome[]> {
    return Promise.resolve(
      blobs.map(({ name, etag }): DeletionOutcome => {
        const bytes = this.blobs.get(name);
        if (bytes === undefined) return 'absent';
        if (versionOf(bytes) !== etag)
          return { failure: new Failure('conflict', `${name} is of another version`, 'Look again.') };
        this.blobs.delete(name);
        return 'deleted';
      }),
    );
  }

  /** Writes a blob anew, as an account that keeps versions has it: what stood becomes an earlier version. */
  putVersion(name: string, at: DateTime, isCurrent = true): void {
    for (const [key, one] of this.versions)
      if (one.name === name) this.versions.set(key, { ...one, isCurrent: false });
    const version = at.toUTC().toISO() ?? '';
    this.versions.set(`${name}@${version}`, { name, version, at, isCurrent });
  }

  /** Takes a snapshot of a blob, as somebody with the portal does. */
  putSnapshot(name: string, at: DateTime): void {
    const snapshot = at.toISO() ?? '';
    this.snapshots.set(`${name}@${snapshot}`, { name, snapshot, at });
  }

  open({ side }: StoreAddress, name: string, version?: string): Promise<BlobContent | undefined> {
    this.opened += 1;
    if (side === 'secondary' && this.notOnSecondary.has(name)) return Promise.resolve(undefined);
    const damage = this.#damage.get(name);
    if (damage === 'flip-once') this.#damage.delete(name);
    const bytes = this.blobs.get(name);
    if (bytes === undefined || damage === 'missing') return Promise.resolve(undefined);
    if (version !== undefined && version !== versionOf(bytes))
      return Promise.reject(new Failure('conflict', `${name} is of another version`, 'Read it again.'));
    if (damage === 'unreadable')
      return Promise.reject(new Failure('unavailable', 'the store does not answer', 'It passes.'));
    return Promise.resolve({ size: bytes.length, stream: streamOf(bytes, damage) });
  }
}

const keyOf = ({ name, version }: VersionName): string => `${name}@${version}`;

const versionOf = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');

function streamOf(bytes: Buffer, damage: Damage | undefined): Readable {
  const sent = Buffer.from(bytes);
  if (damage === 'flip' || damage === 'flip-once') sent[0] = sent[0]! ^ 1;
  if (damage === 'cut') return Readable.from([sent.subarray(1)]);
  if (damage === 'broken-off') return Readable.from(breakOff(sent));
  return Readable.from([sent]);
}

async function* breakOff(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes.subarray(0, 1);
  throw new Error('the connection was reset');
}
