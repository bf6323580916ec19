/**
 * What a storage account still has of a blob, and the conditional writes that put it right, over
 * @azure/storage-blob: earlier versions where the account keeps versions, a soft-deleted blob where it keeps those, the
 * geo secondary where it can be read.
 */
import { StorageRetryPolicyType, type BlobItem, type BlobDownloadResponseParsed } from '@azure/storage-blob';
import type { TokenCredential } from '@azure/identity';
import { DateTime } from 'luxon';
import type { Readable } from 'node:stream';
import { Failure } from '../policy/failure.ts';
import type {
  BlobCopies,
  BlobProperties,
  BlobState,
  BlobWriter,
  CopyContent,
  Expected,
  StoreCopy,
} from '../ports/blob-copies.ts';
import type { StoreAddress } from '../ports/content-store.ts';
import { BlobAccounts } from './blob-accounts.ts';
import { azureFailure, saysAbsent, serviceCode } from './errors.ts';
import { secondaryOf } from './secondary-endpoint.ts';

const anyVersion = '*';
const resumeAttempts = 3;
const blockBytes = 4 * 1024 * 1024;
const blocksAtOnce = 2;
const mostNames = 1_000;
/** An account without a secondary has no such host: it is not asked again and again. */
const secondaryRetries = { maxTries: 2, retryDelayInMs: 500, retryPolicyType: StorageRetryPolicyType.FIXED };
/** What the service calls a condition that no longer holds. */
const lostConditions = ['ConditionNotMet', 'BlobAlreadyExists', 'UnauthorizedBlobOverwrite', 'BlobNotFound'];

export class AzureBlobCopies implements BlobCopies, BlobWriter {
  readonly #accounts: BlobAccounts;

  constructor(credential: TokenCredential) {
    this.#accounts = new BlobAccounts(credential, (url) =>
      url.includes('-secondary') ? { retryOptions: secondaryRetries } : {},
    );
  }

  async current(store: StoreAddress, name: string): Promise<BlobState | undefined> {
    try {
      const { etag, contentLength, createdOn, lastModified } = await this.#accounts
        .blob(store, name)
        .getProperties();
      return {
        ...{ version: etag ?? '', size: contentLength ?? 0 },
        ...{ createdAt: dateOf(createdOn), modifiedAt: dateOf(lastModified) },
      };
    } catch (thrown) {
      if (saysAbsent(thrown)) return undefined;
      throw azureFailure(`blob store ${store.container}`, thrown);
    }
  }

  async list(store: StoreAddress, name: string): Promise<StoreCopy[]> {
    const [own, secondary] = await Promise.all([
      this.#ownCopies(store, name),
      this.#secondaryCopy(store, name),
    ]);
    return [...own, ...(secondary === undefined ? [] : [secondary])];
  }

  async open(store: StoreAddress, name: string, copy: StoreCopy): Promise<CopyContent | undefined> {
    if (copy.kind === 'soft-deleted')
      throw new Failure(
        'refused',
        `blob store ${store.container}: a soft-deleted blob cannot be read`,
        'Undelete it first.',
      );
    const blob =
      copy.kind === 'secondary'
        ? this.#accounts.blob({ ...store, side: 'secondary' }, name)
        : this.#accounts.blob(store, name).withVersion(copy.id);
    try {
      return contentOf(await blob.download(0, undefined, { maxRetryRequests: resumeAttempts }));
    } catch (thrown) {
      if (saysAbsent(thrown)) return undefined;
      throw azureFailure(`${copy.kind} in blob store ${store.container}`, thrown);
    }
  }

  async lastSync({ account, container }: StoreAddress): Promise<DateTime | undefined> {
    try {
      const { geoReplication } = await this.#accounts.account(secondaryOf(account)).getStatistics();
      return dateOf(geoReplication?.lastSyncOn);
    } catch (thrown) {
      throw azureFailure(`secondary of blob store ${container}`, thrown);
    }
  }

  async put(
    store: StoreAddress,
    name: string,
    expected: Expected,
    content: CopyContent,
  ): Promise<string | undefined> {
    const conditions = expected === 'absent' ? { ifNoneMatch: anyVersion } : { ifMatch: expected.version };
    try {
      const written = await this.#accounts
        .blob(store, name)
        .getBlockBlobClient()
        .uploadStream(content.stream, blockBytes, blocksAtOnce, {
          conditions,
          ...headersOf(content.properties),
        });
      return written.etag ?? '';
    } catch (thrown) {
      if (lostConditions.includes(serviceCode(thrown) ?? '')) return undefined;
      throw azureFailure(`blob store ${store.container}`, thrown);
    }
  }

  async undelete(store: StoreAddress, name: string): Promise<boolean> {
    try {
      await this.#accounts.blob(store, name).undelete();
      return true;
    } catch (thrown) {
      if (saysAbsent(thrown)) return false;
      throw azureFailure(`blob store ${store.container}`, thrown);
    }
  }

  async deleteAgain(store: StoreAddress, name: string, version: string): Promise<boolean> {
    try {
      await this.#accounts.blob(store, name).delete({ conditions: { ifMatch: version } });
      return true;
    } catch (thrown) {
      if (lostConditions.includes(serviceCode(thrown) ?? '')) return false;
      throw azureFailure(`blob store ${store.container}`, thrown);
    }
  }

  /** Versions and the soft-deleted blob of exactly this name; what the account does not keep is not listed. */
  async #ownCopies(store: StoreAddress, name: string): Promise<StoreCopy[]> {
    const copies: StoreCopy[] = [];
    const wanted = { prefix: name, includeVersions: true, includeDeleted: true };
    try {
      for await (const page of this.#accounts
        .container(store)
        .listBlobsFlat(wanted)
        .byPage({ maxPageSize: mostNames })) {
        copies.push(...page.segment.blobItems.filter((item) => item.name === name).flatMap(copyOf));
        // Names come in order: behind this one there are only longer ones.
        if (page.segment.blobItems.some((item) => item.name > name)) break;
      }
    } catch (thrown) {
      throw azureFailure(`blob store ${store.container}`, thrown);
    }
    return copies;
  }

  /** The secondary's copy. One that cannot be asked right now is listed: reading it then says why not. */
  async #secondaryCopy(store: StoreAddress, name: string): Promise<StoreCopy | undefined> {
    const blob = this.#accounts.blob({ ...store, side: 'secondary' }, name);
    try {
      const { contentLength } = await blob.getProperties();
      // The role may not read it; the copy is hashed all the same.
      const at = await this.lastSync(store).catch(() => undefined);
      return { kind: 'secondary', id: '', size: contentLength ?? 0, at };
    } catch (thrown) {
      if (saysAbsent(thrown) || hasNoSecondary(thrown)) return undefined;
      return { kind: 'secondary', id: '', size: 0, at: undefined };
    }
  }
}

/** Whether the account has no secondary that could be asked: no such host, or no such endpoint. */
function hasNoSecondary(thrown: unknown): boolean {
  const { statusCode, code } = thrown as { statusCode?: number; code?: string };
  return code === 'ENOTFOUND' || statusCode === 400;
}

function copyOf(item: BlobItem): StoreCopy[] {
  const { contentLength, createdOn, lastModified } = item.properties;
  const size = contentLength ?? 0;
  if (item.versionId !== undefined)
    return item.isCurrentVersion === true || item.deleted
      ? []
      : [{ kind: 'version', id: item.versionId, size, at: dateOf(lastModified) }];
  if (!item.deleted || (item.snapshot !== undefined && item.snapshot !== '')) return [];
  return [{ kind: 'soft-deleted', id: '', size, at: dateOf(createdOn) }];
}

function contentOf(answer: BlobDownloadResponseParsed): CopyContent {
  const properties = {
    contentType: answer.contentType,
    contentEncoding: answer.contentEncoding,
    contentLanguage: answer.contentLanguage,
    contentDisposition: answer.contentDisposition,
    cacheControl: answer.cacheControl,
    metadata: answer.metadata,
  };
  return {
    size: answer.contentLength ?? 0,
    stream: answer.readableStreamBody as Readable,
    properties: Object.fromEntries(
      Object.entries(properties).filter(([, value]) => value !== undefined),
    ) as BlobProperties,
  };
}

function headersOf({ metadata, ...properties }: BlobProperties): object {
  const { contentType, contentEncoding, contentLanguage, contentDisposition, cacheControl } = properties;
  return {
    blobHTTPHeaders: {
      ...(contentType === undefined ? {} : { blobContentType: contentType }),
      ...(contentEncoding === undefined ? {} : { blobContentEncoding: contentEncoding }),
      ...(contentLanguage === undefined ? {} : { blobContentLanguage: contentLanguage }),
      ...(contentDisposition === undefined ? {} : { blobContentDisposition: contentDisposition }),
      ...(cacheControl === undefined ? {} : { blobCacheControl: cacheControl }),
    },
    ...(metadata === undefined ? {} : { metadata: { ...metadata } }),
  };
}

const dateOf = (date: Date | undefined): DateTime | undefined =>
  date === undefined ? undefined : DateTime.fromJSDate(date, { zone: 'utc' });
