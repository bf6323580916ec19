/**
 * The vault in one blob container. Conditions on ETags make a create or a replace happen once; append positions keep
 * the lines of two writers apart. Documents are small and read whole; inventories are streamed.
 */
import type { AppendBlobClient, ContainerClient } from '@azure/storage-blob';
import { DateTime } from 'luxon';
import type { Readable } from 'node:stream';
import { Failure } from '../policy/failure.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import type { Clock } from '../ports/clock.ts';
import type {
  StoredDocument,
  Vault,
  VaultDeleter,
  VaultDocument,
  VaultLogs,
  VaultStreams,
} from '../ports/vault.ts';
import { azureFailure, saysAbsent, serviceCode } from './errors.ts';

const service = 'vault';
const anyVersion = '*';
const streamBlockBytes = 4 * 1024 * 1024;
const appendAttempts = 20;

export class BlobVault implements Vault, VaultStreams, VaultDeleter, VaultLogs {
  readonly #container: ContainerClient;
  readonly #clock: Clock;
  /** One append at a time per log and process; other processes are kept apart by the append position. */
  readonly #tails = new Map<string, Promise<void>>();

  constructor(container: ContainerClient, clock: Clock) {
    this.#container = container;
    this.#clock = clock;
  }

  async read(path: string): Promise<VaultDocument | undefined> {
    try {
      const answer = await this.#container.getBlobClient(path).download();
      const chunks: Buffer[] = [];
      for await (const chunk of answer.readableStreamBody as Readable) chunks.push(chunk as Buffer);
      return { bytes: Buffer.concat(chunks), version: answer.etag ?? '' };
    } catch (thrown) {
      if (saysAbsent(thrown)) return undefined;
      throw azureFailure(service, thrown);
    }
  }

  create(path: string, bytes: Buffer, mediaType: string): Promise<boolean> {
    return this.#unlessOther(() =>
      this.#container.getBlockBlobClient(path).uploadData(bytes, {
        conditions: { ifNoneMatch: anyVersion },
        blobHTTPHeaders: { blobContentType: mediaType },
      }),
    );
  }

  async replace(path: string, version: string, bytes: Buffer): Promise<boolean> {
    return this.#unlessOther(() =>
      this.#container.getBlockBlobClient(path).uploadData(bytes, {
        conditions: { ifMatch: version },
        blobHTTPHeaders: { blobContentType: 'application/json' },
      }),
    );
  }

  async *list(prefix: string): AsyncIterable<string> {
    try {
      for await (const blob of this.#container.listBlobsFlat({ prefix })) yield blob.name;
    } catch (thrown) {
      throw azureFailure(service, thrown);
    }
  }

  createFrom(path: string, content: Readable, mediaType: string): Promise<boolean> {
    return this.#unlessOther(() =>
      this.#container.getBlockBlobClient(path).uploadStream(content, streamBlockBytes, 2, {
        conditions: { ifNoneMatch: anyVersion },
        blobHTTPHeaders: { blobContentType: mediaType },
      }),
    );
  }

  async open(path: string, from?: number): Promise<Readable> {
    try {
      return (await this.#container.getBlobClient(path).download(from)).readableStreamBody as Readable;
    } catch (thrown) {
      throw azureFailure(service, thrown);
    }
  }

  async *listStored(prefix: string): AsyncIterable<StoredDocument> {
    try {
      for await (const { name, properties } of this.#container.listBlobsFlat({ prefix }))
        yield {
          path: name,
          // Listings leave out the quotes that a condition needs.
          version: properties.etag.startsWith('"') ? properties.etag : `"${properties.etag}"`,
          writtenAt: DateTime.fromJSDate(properties.lastModified, { zone: 'utc' }),
        };
    } catch (thrown) {
      throw azureFailure(service, thrown);
    }
  }

  async deleteVersion(path: string, version: string): Promise<boolean> {
    const blob = this.#container.getBlobClient(path);
    return this.#unlessOther(async () => {
      try {
        await blob.delete({ deleteSnapshots: 'include', conditions: { ifMatch: version } });
      } catch (thrown) {
        // Where there is none, one service says so and another one that the condition does not hold.
        if (!saysAbsent(thrown) && (await blob.exists())) throw thrown;
      }
    });
  }

  async delete(path: string): Promise<void> {
    try {
      await this.#container.getBlobClient(path).delete({ deleteSnapshots: 'include' });
    } catch (thrown) {
      if (!saysAbsent(thrown)) throw azureFailure(service, thrown);
    }
  }

  async append(segments: string, lines: readonly string[]): Promise<void> {
    const before = this.#tails.get(segments) ?? Promise.resolve();
    const mine = before.then(() => this.#appendNow(segments, lines));
    const settled = mine.catch(() => undefined); // The next append does not inherit this one's failure.
    this.#tails.set(segments, settled);
    try {
      await mine;
    } finally {
      if (this.#tails.get(segments) === settled) this.#tails.delete(segments);
    }
  }

  async #appendNow(segments: string, lines: readonly string[]): Promise<void> {
    const body = Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8');
    try {
      for (let attempt = 0; attempt < appendAttempts; attempt += 1) {
        const segment = await this.#openSegment(segments);
        if (
          await this.#unlessOther(() =>
            segment.blob.appendBlock(body, body.length, { conditions: { appendPosition: segment.length } }),
          )
        )
          return;
        // The library may have sent it twice: then the first one stands there, and the second was refused.
        if (await this.#holds(segment, body)) return;
      }
    } catch (thrown) {
      throw new Failure(
        'cannot-record',
        `nothing can be recorded under ${segments}: ${azureFailure(service, thrown).message}`,
        'What was to be recorded is not done. Look at the vault, then try again.',
        { cause: thrown },
      );
    }
    throw new Failure(
      'cannot-record',
      `${segments} is written by others without pause`,
      'What was to be recorded is not done; try again.',
    );
  }

  /** Whether these bytes stand in a segment right behind what it held before. */
  async #holds(segment: { blob: AppendBlobClient; length: number }, body: Buffer): Promise<boolean> {
    const { contentLength } = await segment.blob.getProperties();
    if ((contentLength ?? 0) < segment.length + body.length) return false;
    return (await segment.blob.downloadToBuffer(segment.length, body.length)).equals(body);
  }

  /** The segment to append to: the day's newest, or a new one once that is full. */
  async #openSegment(segments: string): Promise<{ blob: AppendBlobClient; length: number }> {
    const day = this.#clock.now().toFormat('yyyy-MM-dd');
    for (let number = 0; ; number += 1) {
      const blob = this.#container.getAppendBlobClient(`${segments}${day}-${number}.jsonl`);
      await this.#unlessOther(() =>
        blob.create({
          conditions: { ifNoneMatch: anyVersion },
          blobHTTPHeaders: { blobContentType: 'application/x-ndjson' },
        }),
      );
      const { contentLength, blobCommittedBlockCount } = await blob.getProperties();
      if ((blobCommittedBlockCount ?? 0) < safetyMargins.segmentBlocks)
        return { blob, length: contentLength ?? 0 };
    }
  }

  /** `false` if somebody else's write came first: the condition of this one no longer held. */
  async #unlessOther(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (thrown) {
      const lost = [
        'BlobAlreadyExists',
        'ConditionNotMet',
        'AppendPositionConditionNotMet',
        'UnauthorizedBlobOverwrite',
      ];
      if (lost.includes(serviceCode(thrown) ?? '')) return false;
      throw azureFailure(service, thrown);
    }
  }
}
