/**
 * The stores by the library, loaded at once or when first asked: for what the engine doubts, and for the gaps between shards.
 * The servers of the bench ask for no token, and none is ever sent without TLS.
 */
import type { TokenCredential } from '@azure/identity';
import type { ContentStores } from '../../src/ports/content-store.ts';

type Asked = Pick<ContentStores, 'open' | 'listFrom'>;

/** What a scan asks of the stores beside the engine. */
export function lazyContents(): Asked {
  let loaded: Promise<Asked> | undefined;
  const stores = (): Promise<Asked> => (loaded ??= loadContents());
  return {
    open: async (...about) => (await stores()).open(...about),
    listFrom: async (...about) => (await stores()).listFrom(...about),
  };
}

export async function loadContents(): Promise<Asked> {
  const { AnonymousCredential } = await import('@azure/storage-blob');
  const { AzureContentStores } = await import('../../src/azure/content-stores.ts');
  return new AzureContentStores(new AnonymousCredential() as unknown as TokenCredential);
}
