/**
 * Reads one blob after the other and says of each whether it is right: every byte of the version that was listed, as
 * many as were listed, hashed to the address in the name. Whatever else happened is a doubt, told in a few words.
 */
import type { DoubtfulBlob } from '../ports/blob-scanner.ts';
import type { BodyReceiver, Exchange } from './connection.ts';
import type { Hasher, Hashers } from './hasher.ts';
import type { ListedPage } from './listed-page.ts';
import { headerOf, type ResponseHead } from './response-head.ts';

/** Counts body bytes as they come. */
export interface ByteCounter {
  bytes: number;
}

const nothing = new Uint8Array();

/** Why a blob is not known to be right, and whether all of it came and was wrong. */
export type BlobDoubt = Pick<DoubtfulBlob, 'why' | 'isWrong'>;

export class BlobReading implements BodyReceiver {
  readonly #hashers: Hashers;
  readonly #counter: ByteCounter;
  /** For bodies that come in pieces; made when the first one does. */
  #hasher: Hasher | undefined;
  #size = 0;
  #received = 0;
  /** The digest, as latin1, of a body that came in one piece. */
  #digest: string | undefined;

  constructor(hashers: Hashers, counter: ByteCounter) {
    this.#hashers = hashers;
    this.#counter = counter;
  }

  /** Begins another blob, of the size that was listed. */
  expect(size: number): void {
    this.#size = size;
    this.#reset();
  }

  begin(head: ResponseHead): boolean {
    this.#reset();
    return head.length === this.#size;
  }

  body(bytes: Buffer, isWhole: boolean): void {
    this.#counter.bytes += bytes.length;
    if (isWhole) this.#digest = this.#hashers.hashOnceText(bytes);
    else this.#inPieces().update(bytes);
    this.#received += bytes.length;
  }

  /** Why the blob is not known to be right; undefined: it is. It stands at `index` of `page`. */
  doubt(exchange: Exchange, page: ListedPage, index: number): BlobDoubt | undefined {
    const why = this.#incomplete(exchange);
    if (why !== undefined) return { why, isWrong: false };
    const digest = this.#digestOfBody();
    if (page.isDigest(index, digest)) return undefined;
    return { why: `its content hashes to ${Buffer.from(digest, 'latin1').toString('hex')}`, isWrong: true };
  }

  /** Why not all of it came; undefined: it did. */
  #incomplete(exchange: Exchange): string | undefined {
    if (exchange.kind === 'broken') return exchange.why;
    const { head } = exchange;
    if (head.status !== 200) return statusDoubt(head);
    if (head.length !== this.#size)
      return `${head.length ?? 'an unknown number of'} bytes were announced, ${this.#size} were listed`;
    return this.#received === this.#size
      ? undefined
      : `${this.#received} bytes came, ${this.#size} were listed`;
  }

  #digestOfBody(): string {
    if (this.#size === 0) return this.#hashers.hashOnceText(nothing);
    return this.#digest ?? this.#inPieces().digestText();
  }

  #inPieces(): Hasher {
    if (this.#hasher === undefined) this.#hasher = this.#hashers.createHasher();
    else if (this.#received === 0) this.#hasher.init();
    return this.#hasher;
  }

  #reset(): void {
    this.#received = 0;
    this.#digest = undefined;
  }
}

function statusDoubt(head: ResponseHead): string {
  if (head.status === 412) return 'it was changed after it was listed';
  if (head.status === 404) return 'it was gone after it was listed';
  const code = headerOf(head, 'x-ms-error-code');
  return `the store answered HTTP ${head.status}${code === undefined ? '' : ` (${code})`}`;
}
