/**
 * Copies of content in a container that nobody but the proxy sees. Copies within an account share the stored bytes, so
 * keeping one costs no more than its name.
 */
import { randomUUID } from 'node:crypto';
import type { BlobName } from './address.ts';
import type { Upstream } from './upstream.ts';

/** Hidden from listings and refused by name. */
export const hiddenContainer = 'kept-by-the-storage-proxy';

/** The kept copy as a blob of its account. */
export const keptBlob = (account: string, kept: string): BlobName => ({
  ...{ account, container: hiddenContainer, name: kept },
});

export class KeptContent {
  readonly #upstream: Upstream;

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  /** Makes the hidden container of an account; one that is there is left alone. */
  async prepare(account: string): Promise<void> {
    const container = { account, container: hiddenContainer, name: '' };
    const { status } = await this.#upstream.ask('PUT', container, { query: '?restype=container' });
    if (status !== 201 && status !== 409)
      throw new Error(`the container of ${account} was not made: HTTP ${status}`);
  }

  /** Keeps what a blob holds now; the copy's name and size, or undefined if there is no such blob. */
  async keep(blob: BlobName): Promise<{ readonly kept: string; readonly size: number } | undefined> {
    const kept = randomUUID();
    if (!(await this.copy(blob, keptBlob(blob.account, kept)))) return undefined;
    const { headers } = await this.#upstream.ask('HEAD', keptBlob(blob.account, kept));
    return { kept, size: Number(headers['content-length'] ?? 0) };
  }

  /** Copies a blob within its account; the new ETag, or undefined if there is no such blob. */
  async copy(from: BlobName, to: BlobName): Promise<string | undefined> {
    const source = this.#upstream.sourceOf(from);
    const { status, headers, body } = await this.#upstream.ask('PUT', to, {
      headers: { 'x-ms-copy-source': source },
    });
    if (status === 404) return undefined;
    if (status === 202 || status === 201) return headers.etag ?? '';
    throw new Error(`a copy was not made: HTTP ${status} ${body.toString().slice(0, 300)}`);
  }

  /** Stores bytes under a new name. */
  async store(account: string, bytes: Buffer): Promise<string> {
    const kept = randomUUID();
    await this.write(keptBlob(account, kept), bytes, {});
    return kept;
  }

  /** Writes a blob past every condition; its new ETag. */
  async write(blob: BlobName, bytes: Buffer, headers: Readonly<Record<string, string>>): Promise<string> {
    const answer = await this.#upstream.ask('PUT', blob, {
      headers: { 'x-ms-blob-type': 'BlockBlob', ...headers },
      body: bytes,
    });
    if (answer.status !== 201) throw new Error(`${blob.name} was not written: HTTP ${answer.status}`);
    return answer.headers.etag ?? '';
  }
}
