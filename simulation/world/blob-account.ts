/**
 * The protected blob store: blobs under their addresses, earlier versions, soft-deleted content, a geo secondary, and
 * snapshots that people took. Damage happens at rest and makes no version. Instants are true time.
 */
import { createHash } from 'node:crypto';
import { DateTime } from 'luxon';
import type { StoreCopy } from '../../src/ports/blob-copies.ts';
import type { BlobSnapshot, BlobVersion } from '../../src/ports/content-store.ts';
import type { Timeline } from '../engine/timeline.ts';
import { utc } from './provider-model.ts';

export interface HeldContent {
  bytes: Buffer;
  readonly version: string;
  /** The id of the version that it is, where the account keeps versions. */
  readonly versionId: string;
  readonly createdAt: DateTime;
  readonly modifiedAt: DateTime;
}

/** An earlier content; `endedAt` is when it ceased to be current (true time). */
export interface HeldVersion {
  readonly id: string;
  bytes: Buffer;
  readonly at: DateTime;
  readonly endedAt: number;
}

export interface HeldBlob {
  readonly name: string;
  current: HeldContent | undefined;
  readonly versions: HeldVersion[];
  deleted: HeldContent | undefined;
  secondary: Buffer | undefined;
  /** Since when the current content is not what its name says (true time); undefined while it is right. */
  wrongSince: number | undefined;
  /** The same of the secondary, which is right until it rots. */
  secondaryWrongSince?: number;
}

export type Keeping = 'versions' | 'soft-delete' | 'nothing';

export class BlobAccount {
  readonly blobs = new Map<string, HeldBlob>();
  readonly snapshots = new Map<string, BlobSnapshot & { readonly takenAt: number }>();
  readonly keeping: Keeping;
  readonly #timeline: Timeline;
  #count = 0;
  /** The names as they were listed before the last change, and until when that may still be answered. */
  #stale: { readonly names: readonly string[]; readonly until: number } = { names: [], until: 0 };

  /** Until when the secondary has everything, as the service tells. */
  get lastSync(): DateTime {
    return utc(this.#timeline.now - 60_000);
  }

  constructor(timeline: Timeline, keeping: Keeping) {
    this.#timeline = timeline;
    this.keeping = keeping;
  }

  /** Stores content under its address; the digest in hex. */
  add(content: string): string {
    const hex = createHash('sha256').update(content).digest('hex');
    this.write(nameOfHex(hex), Buffer.from(content));
    return hex;
  }

  write(name: string, bytes: Buffer): HeldContent {
    const blob = this.need(name);
    this.#change();
    this.#keep(blob);
    blob.current = this.#held(bytes);
    blob.deleted = undefined;
    blob.secondary ??= bytes;
    this.#judge(blob);
    return blob.current;
  }

  delete(name: string): void {
    const blob = this.need(name);
    this.#change();
    this.#keep(blob);
    if (this.keeping === 'soft-delete') blob.deleted = blob.current;
    blob.current = undefined;
    this.#judge(blob);
  }

  undelete(name: string): boolean {
    const blob = this.need(name);
    if (blob.deleted === undefined) return false;
    this.#change();
    blob.current = { ...this.#held(blob.deleted.bytes), createdAt: blob.deleted.createdAt };
    blob.deleted = undefined;
    this.#judge(blob);
    return true;
  }

  /** Damages what is stored. */
  rot(name: string, where: 'current' | 'secondary' | 'versions' | 'deleted'): void {
    const blob = this.need(name);
    if (where === 'secondary') {
      blob.secondary = flipped(blob.secondary);
      if (blob.secondary !== undefined && isContentOf(name, blob.secondary)) delete blob.secondaryWrongSince;
      else blob.secondaryWrongSince ??= this.#timeline.now;
    } else if (where === 'versions')
      for (const one of blob.versions) one.bytes = flipped(one.bytes) ?? one.bytes;
    else {
      const held = blob[where];
      if (held !== undefined) held.bytes = flipped(held.bytes) ?? held.bytes;
    }
    this.#judge(blob);
  }

  /** Names that are listed now; as they were a moment ago if `isStale`. */
  names(isStale: boolean): readonly string[] {
    if (isStale && this.#stale.until > this.#timeline.now) return this.#stale.names;
    return [...this.blobs.values()]
      .filter((one) => one.current !== undefined)
      .map((one) => one.name)
      .toSorted();
  }

  takeSnapshot(name: string): void {
    const at = utc(this.#timeline.now);
    const snapshot = at.toISO() ?? '';
    this.snapshots.set(`${name}@${snapshot}`, { name, snapshot, at, takenAt: this.#timeline.now });
  }

  /** Every version of every blob, the current ones too; nothing where none are kept. */
  allVersions(): BlobVersion[] {
    if (this.keeping !== 'versions') return [];
    return [...this.blobs.values()].flatMap(({ name, versions, current }) => [
      ...versions.map(({ id, at }) => ({ name, version: id, at, isCurrent: false })),
      ...(current === undefined
        ? []
        : [{ name, version: current.versionId, at: instantIn(current.versionId), isCurrent: true }]),
    ]);
  }

  /** Deletes an earlier version; `false` if there is none of that id. */
  deleteVersion(name: string, id: string): boolean {
    const { versions } = this.need(name);
    const at = versions.findIndex((one) => one.id === id);
    if (at >= 0) versions.splice(at, 1);
    return at >= 0;
  }

  copies(name: string): StoreCopy[] {
    const { versions, secondary, deleted } = this.need(name);
    return [
      ...versions.map(({ id, bytes, at }) => ({ kind: 'version' as const, id, size: bytes.length, at })),
      ...(secondary === undefined
        ? []
        : [{ kind: 'secondary' as const, id: '', size: secondary.length, at: undefined }]),
      ...(deleted === undefined
        ? []
        : [{ kind: 'soft-deleted' as const, id: '', size: deleted.bytes.length, at: deleted.createdAt }]),
    ];
  }

  need(name: string): HeldBlob {
    const known = this.blobs.get(name);
    if (known !== undefined) return known;
    const made: HeldBlob = {
      ...{ name, current: undefined, versions: [], deleted: undefined, secondary: undefined },
      wrongSince: this.#timeline.now,
    };
    this.blobs.set(name, made);
    return made;
  }

  #judge(blob: HeldBlob): void {
    const isRight = blob.current !== undefined && isContentOf(blob.name, blob.current.bytes);
    blob.wrongSince = isRight ? undefined : (blob.wrongSince ?? this.#timeline.now);
  }

  #change(): void {
    this.#stale = { names: this.names(false), until: this.#timeline.now + 60_000 };
  }

  #keep(blob: HeldBlob): void {
    if (blob.current === undefined || this.keeping !== 'versions') return;
    const { bytes, versionId: id } = blob.current;
    blob.versions.push({ id, bytes, at: instantIn(id), endedAt: this.#timeline.now });
  }

  #held(bytes: Buffer): HeldContent {
    const createdAt = utc(this.#timeline.now);
    const count = (this.#count += 1);
    // As the service writes them: an instant with seven digits, after every earlier one.
    const versionId = `${createdAt.toISO()?.slice(0, -1)}${String(count % 10_000).padStart(4, '0')}Z`;
    return { bytes, version: `"etag-${count}"`, versionId, createdAt, modifiedAt: createdAt };
  }
}

const instantIn = (versionId: string): DateTime => DateTime.fromISO(versionId, { zone: 'utc' });

export const nameOfHex = (hex: string): string => `${hex.slice(0, 2)}/${hex}`;

/** Whether content is what a blob's name says. */
export const isContentOf = (name: string, bytes: Buffer): boolean =>
  createHash('sha256').update(bytes).digest('hex') === name.slice(3);

function flipped(bytes: Buffer | undefined): Buffer | undefined {
  if (bytes === undefined || bytes.length === 0) return bytes;
  const made = Buffer.from(bytes);
  made[0] = (made[0] ?? 0) ^ 1;
  return made;
}
