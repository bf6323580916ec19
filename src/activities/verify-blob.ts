/**
 * Is the content at an address what the address says? Streamed, hashed, counted; read again independently before it
 * is called damaged, so that damage on the way is told from damage at rest. A blob that changes while it is read is
 * unstable, not damaged.
 */
import { algorithmOf, hexOf, type ContentAddress } from '../policy/content-address.ts';
import { failureFrom } from '../policy/failure.ts';
import type { ContentStores, StoreAddress } from '../ports/content-store.ts';
import { loadHashers } from '../scan-engine/hasher.ts';

/** What one blob turned out to be. `transient`: the first reading was wrong and the second was right. */
export type BlobVerdict =
  | 'ok'
  | 'transient'
  | 'digest-mismatch'
  | 'wrong-size'
  | 'missing'
  | 'unreadable'
  | 'unstable';

export interface VerifiedBlob {
  readonly verdict: BlobVerdict;
  readonly bytes: number;
  readonly detail: string;
}

/** What a listing said of the blob; its version is then the only one that is read. */
export interface Listed {
  readonly size: number;
  readonly version: string;
}

/** Verifies the blob at `name` against its address. Expected damage is a verdict; nothing is thrown. */
export async function verifyBlob(
  contents: Pick<ContentStores, 'open'>,
  store: StoreAddress,
  name: string,
  address: ContentAddress,
  listed?: Listed,
): Promise<VerifiedBlob> {
  let version = listed;
  let first = await readOnce(contents, store, name, address, version);
  if (first.verdict === 'unstable') {
    // A changed blob is read in whatever version it has now, and that one judged like any other.
    version = undefined;
    first = await readOnce(contents, store, name, address, version);
  }
  if (first.verdict === 'ok' || first.verdict === 'missing') return first;
  const second = await readOnce(contents, store, name, address, version);
  if (second.verdict !== 'ok' || first.verdict === 'unstable') return second;
  return {
    ...second,
    verdict: 'transient',
    detail: `the first reading was ${first.verdict} (${first.detail}), the second was right`,
  };
}

async function readOnce(
  contents: Pick<ContentStores, 'open'>,
  store: StoreAddress,
  name: string,
  address: ContentAddress,
  listed: Listed | undefined,
): Promise<VerifiedBlob> {
  let bytes = 0;
  try {
    const content = await contents.open(store, name, listed?.version);
    if (content === undefined) return { verdict: 'missing', bytes, detail: 'no such blob' };
    const hash = (await loadHashers(algorithmOf(address))).createHasher();
    for await (const chunk of content.stream) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
    const announced = listed?.size ?? content.size;
    if (bytes !== content.size || bytes !== announced)
      return { verdict: 'wrong-size', bytes, detail: `${bytes} bytes came, ${announced} were announced` };
    const digest = Buffer.from(hash.digest()).toString('hex');
    return digest === hexOf(address)
      ? { verdict: 'ok', bytes, detail: '' }
      : { verdict: 'digest-mismatch', bytes, detail: `its content hashes to ${digest}` };
  } catch (thrown) {
    const failure = failureFrom(thrown);
    return {
      verdict: failure.code === 'conflict' ? 'unstable' : 'unreadable',
      bytes,
      detail: failure.message,
    };
  }
}
