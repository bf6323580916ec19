/** The protected blob stores over @azure/storage-blob, read only. */
import { BlobServiceClient } from '@azure/storage-blob';
import type { TokenCredential } from '@azure/identity';
import type { Readable } from 'node:stream';
import type { BlobContent, ContentStores, StoreAddress } from '../ports/content-store.ts';
import { azureFailure, saysAbsent } from './errors.ts';

/** How often the library resumes a download that was cut, at the version it began with. */
const resumeAttempts = 3;

export class AzureContentStores implements ContentStores {
  readonly #credential: TokenCredential;
  readonly #accounts = new Map<string, BlobServiceClient>();

  constructor(credential: TokenCredential) {
    this.#credential = credential;
  }

  async open(store: StoreAddress, name: string): Promise<BlobContent | undefined> {
    const blob = this.#account(store.account).getContainerClient(store.container).getBlobClient(name);
    try {
      const answer = await blob.download(0, undefined, { maxRetryRequests: resumeAttempts });
      return { size: answer.contentLength ?? 0, stream: answer.readableStreamBody as Readable };
    } catch (thrown) {
      if (saysAbsent(thrown)) return undefined;
      throw azureFailure(`blob store ${store.container}`, thrown);
    }
  }

  #account(url: string): BlobServiceClient {
    const known = this.#accounts.get(url);
    if (known !== undefined) return known;
    const account = new BlobServiceClient(url, this.#credential);
    this.#accounts.set(url, account);
    return account;
  }
}
