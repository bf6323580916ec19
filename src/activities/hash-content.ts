/** Content hashed while it is read: to know what it is, or to let it pass only if it is what its address says. */
import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { addressFromDigest, algorithmOf, type ContentAddress } from '../policy/content-address.ts';
import { Failure } from '../policy/failure.ts';
import { loadHashers, type Hasher } from '../scan-engine/hasher.ts';

type Algorithm = ReturnType<typeof algorithmOf>;

/** What a stream held: `<algorithm>-<hex>` and the number of bytes. */
export interface HashedContent {
  readonly digest: ContentAddress;
  readonly bytes: number;
}

/** Reads a stream to its end. */
export async function hashOfStream(algorithm: Algorithm, stream: Readable): Promise<HashedContent> {
  const hasher = (await loadHashers(algorithm)).createHasher();
  let bytes = 0;
  for await (const chunk of stream) {
    hasher.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { digest: addressFromDigest(algorithm, hasher.digest()), bytes };
}

/** Lets content pass and fails at its end unless it hashes to an address: what fails is never committed. */
export class ContentGate extends Transform {
  readonly #address: ContentAddress;
  readonly #hasher: Hasher;
  /** What the content hashed to, once it has come to its end and was wrong. */
  wrongDigest: ContentAddress | undefined;

  private constructor(address: ContentAddress, hasher: Hasher) {
    super();
    this.#address = address;
    this.#hasher = hasher;
  }

  /** A gate for the content of an address. */
  static async for(address: ContentAddress): Promise<ContentGate> {
    return new ContentGate(address, (await loadHashers(algorithmOf(address))).createHasher());
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hasher.update(chunk);
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    const digest = addressFromDigest(algorithmOf(this.#address), this.#hasher.digest());
    if (digest === this.#address) return done();
    this.wrongDigest = digest;
    done(
      new Failure(
        'refused',
        `the content hashes to ${digest}, not to ${this.#address}`,
        'Nothing was written.',
      ),
    );
  }
}
