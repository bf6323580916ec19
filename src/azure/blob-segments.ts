/** Segments of logs as append blobs of one container: the append position keeps writers apart. */
import type { ContainerClient } from '@azure/storage-blob';
import type { Readable } from 'node:stream';
import type { ListedSegment, LogSegments, SegmentEnd } from '../ports/log-segments.ts';
import { lastLineOf } from '../policy/log-lines.ts';
import { azureFailure, saysAbsent, serviceCode } from './errors.ts';

/** Where the last line of a segment is looked for at first. */
const tailBytes = 64 * 1024;

export class BlobSegments implements LogSegments {
  readonly #container: ContainerClient;
  readonly #service: string;

  /** `service` is what failures call it. */
  constructor(container: ContainerClient, service: string) {
    this.#container = container;
    this.#service = service;
  }

  async *listSegments(prefix: string): AsyncIterable<ListedSegment> {
    try {
      for await (const { name, properties } of this.#container.listBlobsFlat({ prefix }))
        yield { path: name, bytes: properties.contentLength ?? 0 };
    } catch (thrown) {
      throw azureFailure(this.#service, thrown);
    }
  }

  async endOf(path: string): Promise<SegmentEnd | undefined> {
    const blob = this.#container.getAppendBlobClient(path);
    try {
      const { contentLength: bytes = 0, blobCommittedBlockCount: appends = 0 } = await blob.getProperties();
      for (let from = bytes; from > 0;) {
        from = Math.max(0, bytes - (from === bytes ? tailBytes : 8 * (bytes - from)));
        const tail = await blob.downloadToBuffer(from, bytes - from);
        const lastLine = lastLineOf(tail, from === 0);
        if (lastLine !== undefined) return { bytes, appends, lastLine };
      }
      return { bytes, appends, lastLine: undefined };
    } catch (thrown) {
      if (saysAbsent(thrown)) return undefined;
      throw azureFailure(this.#service, thrown);
    }
  }

  async open(path: string, from?: number): Promise<Readable> {
    try {
      return (await this.#container.getBlobClient(path).download(from)).readableStreamBody as Readable;
    } catch (thrown) {
      throw azureFailure(this.#service, thrown);
    }
  }

  async begin(path: string): Promise<void> {
    await this.#unless(['BlobAlreadyExists', 'ConditionNotMet', 'UnauthorizedBlobOverwrite'], () =>
      this.#container.getAppendBlobClient(path).create({
        conditions: { ifNoneMatch: '*' },
        blobHTTPHeaders: { blobContentType: 'application/x-ndjson' },
      }),
    );
  }

  appendAt(path: string, position: number, bytes: Buffer): Promise<boolean> {
    return this.#unless(['AppendPositionConditionNotMet', 'ConditionNotMet'], () =>
      this.#container
        .getAppendBlobClient(path)
        .appendBlock(bytes, bytes.length, { conditions: { appendPosition: position } }),
    );
  }

  /** `false` if the service refuses for one of these reasons. */
  async #unless(codes: readonly string[], write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (thrown) {
      if (codes.includes(serviceCode(thrown) ?? '')) return false;
      throw azureFailure(this.#service, thrown);
    }
  }
}
