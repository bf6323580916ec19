/**
 * The requests for one blob after the other, written over each other in place: all but name and version is the same in
 * each, and building more than a thousand characters for every small blob would cost as much as reading it. Invariant:
 * the path stands for the blob's name and for nothing else.
 */
import type { CompiledLayout } from '../policy/address-layout.ts';
import type { Authorization } from './authorization.ts';
import { blobPath, type Endpoint } from './endpoint.ts';
import type { ListedPage } from './listed-page.ts';
import { requestText, type Request } from './request-text.ts';

const end = '\r\n\r\n';
/** Versions are far shorter; longer ones move into a larger buffer. */
const versionRoom = 128;

/** The request that the next one is written over. */
interface Form {
  readonly authorization: Authorization;
  readonly layout: CompiledLayout;
  readonly bytes: Buffer;
  readonly nameAt: number;
  readonly versionAt: number;
}

export class BlobRequest implements Request {
  /** The container's path. */
  readonly #container: string;
  #page: ListedPage | undefined;
  #index = 0;
  /** Whether names are their own paths, all of them or none. */
  #isPlain = false;
  #layout: CompiledLayout | undefined;
  #form: Form | undefined;
  /** The part of the form's buffer that was sent last; nearly always the next one is as long. */
  #sent: Buffer | undefined;

  constructor(container: string) {
    this.#container = container;
  }

  /** Turns to an addressed entry of a page; says why it cannot be asked for if so. */
  turnTo(page: ListedPage, index: number): string | undefined {
    this.#page = page;
    this.#index = index;
    if (this.#layout !== page.layout) {
      this.#layout = page.layout;
      const name = page.layout.nameOf(new Uint8Array(page.layout.digestBytes));
      this.#isPlain = blobPath(name) === name;
    }
    if (!this.#isPlain && blobPath(page.name(index)) === undefined)
      return 'no path stands for its name and for nothing else';
    return page.versionLength(index) === 0 ? 'the listing gave no version of it' : undefined;
  }

  bytes(endpoint: Endpoint, authorization: Authorization): Buffer {
    const [page, index] = [this.#page, this.#index];
    if (page === undefined) throw new RangeError('no blob was turned to');
    if (!this.#isPlain) return Buffer.from(this.#text(page, index, endpoint, authorization), 'latin1');
    const form = this.#formFor(page, index, endpoint, authorization);
    page.writeName(index, form.bytes, form.nameAt);
    page.writeVersion(index, form.bytes, form.versionAt);
    const length = form.versionAt + page.versionLength(index) + end.length;
    if (this.#sent?.length === length) return this.#sent;
    form.bytes.write(end, length - end.length, 'latin1');
    this.#sent = form.bytes.subarray(0, length);
    return this.#sent;
  }

  #formFor(page: ListedPage, index: number, endpoint: Endpoint, authorization: Authorization): Form {
    const form = this.#form;
    const room = page.versionLength(index) + end.length;
    const isFit =
      form?.authorization === authorization &&
      form.layout === page.layout &&
      form.versionAt + room <= form.bytes.length;
    if (form !== undefined && isFit) return form;
    const text = this.#text(page, index, endpoint, authorization);
    const versionAt = text.length - room;
    const bytes = Buffer.allocUnsafeSlow(text.length + versionRoom);
    bytes.write(text, 'latin1');
    const nameAt = `GET ${this.#container}/`.length;
    this.#sent = undefined;
    this.#form = { authorization, layout: page.layout, bytes, nameAt, versionAt };
    return this.#form;
  }

  #text(page: ListedPage, index: number, endpoint: Endpoint, authorization: Authorization): string {
    const path = `${this.#container}/${blobPath(page.name(index)) ?? ''}`;
    return requestText({ path, query: '', ifMatch: page.version(index) }, endpoint, authorization);
  }
}
