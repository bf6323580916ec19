/** Scratch containers in the account of the vault, over @azure/storage-blob. Their marks are the container's metadata. */
import type { BlobServiceClient, ContainerClient } from '@azure/storage-blob';
import { DateTime } from 'luxon';
import type { Readable } from 'node:stream';
import { Failure } from '../policy/failure.ts';
import { scratchPrefix } from '../policy/identifiers.ts';
import type { Expected } from '../ports/blob-copies.ts';
import type { BlobContent } from '../ports/content-store.ts';
import type { ScratchDeleter, ScratchFacts, ScratchMarks, ScratchStore } from '../ports/scratch.ts';
import { azureFailure, saysAbsent, serviceCode } from './errors.ts';

const service = 'scratch container';
const anyVersion = '*';
const blockBytes = 4 * 1024 * 1024;
const blocksAtOnce = 2;
const absentContainers = ['ContainerNotFound', 'ContainerBeingDeleted'];
const lostConditions = ['ConditionNotMet', 'BlobAlreadyExists', 'UnauthorizedBlobOverwrite', 'BlobNotFound'];

export class ScratchContainers implements ScratchStore, ScratchDeleter {
  readonly #account: BlobServiceClient;

  constructor(account: BlobServiceClient) {
    this.#account = account;
  }

  async create(container: string, marks: ScratchMarks): Promise<void> {
    const client = this.#container(container);
    try {
      await client.create({ metadata: { ...marks } });
    } catch (thrown) {
      if (serviceCode(thrown) !== 'ContainerAlreadyExists') throw azureFailure(service, thrown);
      const standing = await this.#ask(async () => marksOf((await client.getProperties()).metadata));
      if (standing?.drill === marks.drill && standing.system === marks.system) return;
      throw new Failure(
        'conflict',
        `the container ${container} exists and is not of ${marks.drill}`,
        'Find out whose it is; nothing was written.',
      );
    }
  }

  async put(
    container: string,
    name: string,
    expected: Expected,
    content: Readable,
  ): Promise<string | undefined> {
    const conditions = expected === 'absent' ? { ifNoneMatch: anyVersion } : { ifMatch: expected.version };
    try {
      const { etag } = await this.#container(container)
        .getBlockBlobClient(name)
        .uploadStream(content, blockBytes, blocksAtOnce, { conditions });
      return etag ?? '';
    } catch (thrown) {
      if (lostConditions.includes(serviceCode(thrown) ?? '')) return undefined;
      throw azureFailure(service, thrown);
    }
  }

  async open(container: string, name: string): Promise<BlobContent | undefined> {
    try {
      const answer = await this.#container(container).getBlobClient(name).download();
      return { size: answer.contentLength ?? 0, stream: answer.readableStreamBody as Readable };
    } catch (thrown) {
      if (saysAbsent(thrown)) return undefined;
      throw azureFailure(service, thrown);
    }
  }

  list(): Promise<readonly ScratchFacts[]> {
    return this.#ask(async () => {
      const found: ScratchFacts[] = [];
      const wanted = { prefix: scratchPrefix, includeMetadata: true };
      for await (const { name, metadata, properties } of this.#account.listContainers(wanted))
        found.push({
          container: name,
          marks: marksOf(metadata),
          changedAt: DateTime.fromJSDate(properties.lastModified, { zone: 'utc' }),
        });
      return found;
    });
  }

  async remove(container: string): Promise<boolean> {
    try {
      await this.#container(container).delete();
      return true;
    } catch (thrown) {
      if (absentContainers.includes(serviceCode(thrown) ?? '')) return false;
      throw azureFailure(service, thrown);
    }
  }

  #container(name: string): ContainerClient {
    if (name.startsWith(scratchPrefix)) return this.#account.getContainerClient(name);
    throw new Failure('refused', `${name} is no scratch container`, 'A defect: nothing was touched.');
  }

  async #ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      throw azureFailure(service, thrown);
    }
  }
}

function marksOf(metadata: Readonly<Record<string, string>> | undefined): ScratchMarks | undefined {
  const { system, region, drill, expires } = metadata ?? {};
  if (system === undefined || region === undefined || drill === undefined || expires === undefined)
    return undefined;
  return { system, region, drill, expires };
}
