/** The clients of the protected storage accounts, one for each endpoint, and the one way in which a blob is addressed. */
import {
  BlobServiceClient,
  type BlobClient,
  type ContainerClient,
  type StoragePipelineOptions,
} from '@azure/storage-blob';
import type { TokenCredential } from '@azure/identity';
import { Failure } from '../policy/failure.ts';
import type { StoreAddress } from '../ports/content-store.ts';
import { secondaryOf } from './secondary-endpoint.ts';
import { boundedPipeline } from './storage-pipeline.ts';

export class BlobAccounts {
  readonly #credential: TokenCredential;
  readonly #optionsOf: (url: string) => StoragePipelineOptions;
  readonly #accounts = new Map<string, BlobServiceClient>();

  /** `optionsOf` gives the options of an endpoint's client, where it needs any. */
  constructor(credential: TokenCredential, optionsOf: (url: string) => StoragePipelineOptions = () => ({})) {
    this.#credential = credential;
    this.#optionsOf = optionsOf;
  }

  account(url: string): BlobServiceClient {
    const known = this.#accounts.get(url);
    if (known !== undefined) return known;
    const account = new BlobServiceClient(url, boundedPipeline(this.#credential, this.#optionsOf(url)));
    this.#accounts.set(url, account);
    return account;
  }

  container({ account, container, side }: StoreAddress): ContainerClient {
    return this.account(side === 'secondary' ? secondaryOf(account) : account).getContainerClient(container);
  }

  /** The client of just that blob: a URL would resolve the segments `.` and `..`, even into another container. */
  blob(store: StoreAddress, name: string): BlobClient {
    if (name !== '' && !name.split('/').some((segment) => segment === '.' || segment === '..'))
      return this.container(store).getBlobClient(name);
    throw new Failure(
      'refused',
      `blob store ${store.container}: no URL stands for the name ${JSON.stringify(name)}, only for another one's`,
      'Nothing was read, written or deleted; rename or remove it with the tool that made it.',
    );
  }
}
