/**
 * Damage at rest, for tests: stored bytes change or are lost, in one place alone, and the service notices nothing: no
 * version is made, nothing is soft-deleted, no other replica changes.
 */
import { z } from 'zod';
import type { BlobName } from './address.ts';
import type { StorageProxyConfig } from './config.ts';
import { idAt, type Entry, type History } from './history.ts';
import { keptBlob, type KeptContent } from './kept-content.ts';
import type { Upstream } from './upstream.ts';
import type { Writes } from './writes.ts';

const change = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('flip'), bit: z.int().nonnegative().default(0) }),
  z.object({ kind: z.literal('truncate'), bytes: z.int().positive().default(1) }),
  z.object({ kind: z.literal('append'), text: z.string().min(1).default('x') }),
  z.object({ kind: z.literal('empty') }),
  z.object({ kind: z.literal('replace'), base64: z.base64() }),
  z.object({ kind: z.literal('lose') }),
]);

/** Which stored bytes are damaged, and how. */
export const damageOrder = z.object({
  account: z.string(),
  container: z.string(),
  name: z.string().min(1),
  place: z.enum(['primary', 'secondary', 'version']),
  versionId: z.string().optional(),
  change,
});
export type DamageOrder = z.infer<typeof damageOrder>;

export class Damage {
  readonly #config: StorageProxyConfig;
  readonly #upstream: Upstream;
  readonly #history: History;
  readonly #kept: KeptContent;
  readonly #writes: Writes;

  constructor(
    config: StorageProxyConfig,
    upstream: Upstream,
    history: History,
    kept: KeptContent,
    writes: Writes,
  ) {
    this.#config = config;
    this.#upstream = upstream;
    this.#history = history;
    this.#kept = kept;
    this.#writes = writes;
  }

  /** Damages; throws in words if there is nothing to damage. */
  async apply({ account, container, name, place, versionId, change: how }: DamageOrder): Promise<void> {
    const blob = { account, container, name };
    await this.#writes.inTurn(blob, async () => {
      const newest = this.#history.newest(blob);
      const entry = place === 'version' ? this.#history.newest(blob, versionId) : newest;
      if (entry === undefined || (place !== 'secondary' && entry.isDeletion))
        throw new Error(`there is no such ${place} of ${name} in ${account}/${container}`);
      if (place === 'secondary') await this.#inSecondary(blob, how);
      else if (entry.id === newest?.id) await this.#inPrimary(blob, entry, how);
      else await this.#inVersion(blob, entry, how);
    });
  }

  async #inPrimary(blob: BlobName, entry: Entry, how: z.infer<typeof change>): Promise<void> {
    await this.#spareSecondary(blob, entry);
    const standing = await this.#upstream.ask('GET', blob);
    if (standing.status !== 200) throw new Error(`${blob.name} does not stand: HTTP ${standing.status}`);
    const bytes = changed(standing.body, how);
    if (bytes === undefined) {
      const { status } = await this.#upstream.ask('DELETE', blob);
      if (status !== 202) throw new Error(`${blob.name} was not lost: HTTP ${status}`);
      return this.#history.change(blob, entry.id, { kept: null, isLost: true });
    }
    const mediaType = standing.headers['content-type'];
    const headers = mediaType === undefined ? {} : { 'x-ms-blob-content-type': mediaType };
    const etag = await this.#kept.write(blob, bytes, headers);
    this.#history.change(blob, entry.id, { kept: null, etag });
  }

  async #inVersion(blob: BlobName, entry: Entry, how: z.infer<typeof change>): Promise<void> {
    if (entry.kept === null) throw new Error(`the version ${entry.id} of ${blob.name} is not there`);
    await this.#spareSecondary(blob, entry);
    const bytes = changed(await this.#read(blob, entry.kept), how);
    if (bytes === undefined) return this.#history.change(blob, entry.id, { kept: null, isLost: true });
    this.#history.change(blob, entry.id, { kept: await this.#kept.store(blob.account, bytes) });
  }

  async #inSecondary(blob: BlobName, how: z.infer<typeof change>): Promise<void> {
    const lag = this.#config.accounts[blob.account]?.secondary?.lagSeconds;
    const entry =
      lag === undefined
        ? undefined
        : this.#history.newest(blob, idAt(this.#history.syncedTo(blob.account, lag)));
    if (entry === undefined || entry.isDeletion) throw new Error(`the secondary has no ${blob.name}`);
    const bytes = changed(await this.#read(blob, entry.replica ?? entry.kept), how);
    const replica = bytes === undefined ? '' : await this.#kept.store(blob.account, bytes);
    this.#history.change(blob, entry.id, { replica });
  }

  /** The secondary keeps the bytes that it has been sent. */
  async #spareSecondary(blob: BlobName, entry: Entry): Promise<void> {
    if (this.#config.accounts[blob.account]?.secondary === undefined || entry.replica !== null) return;
    const replica = entry.kept ?? (await this.#kept.keep(blob))?.kept;
    if (replica !== undefined) this.#history.change(blob, entry.id, { replica });
  }

  async #read(blob: BlobName, kept: string | null): Promise<Buffer> {
    const from = kept === null ? blob : keptBlob(blob.account, kept);
    const { status, body } = await this.#upstream.ask('GET', from);
    if (status !== 200) throw new Error(`${blob.name} cannot be read: HTTP ${status}`);
    return body;
  }
}

/** The bytes after the damage; undefined if they are lost. */
function changed(bytes: Buffer, how: z.infer<typeof change>): Buffer | undefined {
  switch (how.kind) {
    case 'flip': {
      const flipped = Buffer.from(bytes);
      const at = how.bit >> 3;
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (how.bit & 7));
      return flipped;
    }
    case 'truncate':
      return bytes.subarray(0, Math.max(0, bytes.length - how.bytes));
    case 'append':
      return Buffer.concat([bytes, Buffer.from(how.text)]);
    case 'empty':
      return Buffer.alloc(0);
    case 'replace':
      return Buffer.from(how.base64, 'base64');
    case 'lose':
      return undefined;
  }
}
