/**
 * Reads the XML of a listing page while it comes, cut after each blob, in pieces that stay small. It knows the few
 * elements that a listing consists of and takes nothing else for granted: what is missing, cut off or unknown makes the
 * page unusable, because a name passed over would be a blob never looked at.
 */
import { HttpDates } from './http-date.ts';
import type { ListedPage } from './listed-page.ts';
import { decoded, malformedListing, withoutPercents, withoutReferences } from './xml-text.ts';

/** Larger pieces leave the heap's young part, which costs more than it saves. */
const pieceBytes = 32_768;
/** A blob's element with the longest name, every byte escaped, is far shorter. */
const longestElement = 262_144;
const blobEnd = '</Blob>';
const tagBegins = 0x3c;

export class ListXml {
  readonly #dates = new HttpDates();
  #page: ListedPage | undefined;
  /** What came after the last blob: the first bytes of a buffer that is used again and again. */
  #window = Buffer.allocUnsafeSlow(2 * pieceBytes);
  #used = 0;

  /** Begins a page anew. */
  begin(page: ListedPage): void {
    page.clear();
    this.#page = page;
    this.#used = 0;
  }

  /** Takes the next bytes. */
  push(bytes: Buffer): void {
    for (let from = 0; from < bytes.length; from += pieceBytes)
      this.#take(bytes.subarray(from, from + pieceBytes));
  }

  /** The page has come to its end: completes it, or throws `unavailable`. */
  end(): void {
    const rest = this.#window.toString('latin1', 0, this.#used);
    this.#used = 0;
    if (!rest.trimEnd().endsWith('</EnumerationResults>')) throw malformedListing('it is cut off');
    if (/<Blob[ >]/.test(rest)) throw malformedListing('a blob in it has no end');
    const marker = /<NextMarker>([^<]*)<\/NextMarker>/.exec(rest)?.[1];
    if (marker === undefined && !/<NextMarker\s*\/>/.test(rest)) throw malformedListing('it has no marker');
    if (this.#page !== undefined && marker !== undefined && marker !== '')
      this.#page.next = decoded(withoutReferences(marker));
  }

  /** Looks at what is there only when a blob ends in it: an element in many pieces is not looked through each time. */
  #take(piece: Buffer): void {
    const before = Math.max(0, this.#used - blobEnd.length + 1);
    this.#append(piece);
    if (this.#window.subarray(before, this.#used).includes(blobEnd)) this.#blobs();
    if (this.#used > longestElement) throw malformedListing('it has an element that does not end');
  }

  #append(piece: Buffer): void {
    const needed = this.#used + piece.length;
    if (needed > this.#window.length) {
      const wider = Buffer.allocUnsafeSlow(2 * needed);
      this.#window.copy(wider, 0, 0, this.#used);
      this.#window = wider;
    }
    this.#window.set(piece, this.#used);
    this.#used = needed;
  }

  #blobs(): void {
    const page = this.#page;
    if (page === undefined) return;
    const text = this.#window.toString('latin1', 0, this.#used);
    let from = 0;
    for (;;) {
      const end = text.indexOf(blobEnd, from);
      if (end < 0) break;
      if (!this.#usualBlob(text, from, end, page)) this.#blob(text.slice(from, end), page);
      from = end + blobEnd.length;
    }
    this.#window.copyWithin(0, from, this.#used);
    this.#used -= from;
  }

  /**
   * Adds the blob that stands between `from` and `end` if it is written as the service usually does: its name first,
   * then what is needed of it in this order. `false` if it is written otherwise: `#blob` reads it then. The window has
   * the bytes of the text at the same places.
   */
  #usualBlob(text: string, from: number, end: number, page: ListedPage): boolean {
    if (!text.startsWith('<Blob><Name>', from)) return false;
    const nameAt = from + 12;
    const nameEnd = text.indexOf('<', nameAt);
    const created = placeOf(text, '<Creation-Time>', nameEnd, 19);
    const etagAt = placeOf(text, '<Etag>', created, 120) + 6;
    const etagEnd = text.indexOf('<', etagAt);
    const length = placeOf(text, '<Content-Length>', etagEnd, 7);
    // All of them were found, and the last of them in this blob's element: so all of them in this element.
    if (created < 0 || etagAt < 6 || length < 0 || length > end || !text.startsWith('</Name>', nameEnd))
      return false;
    const size = numberAt(this.#window, length + 16);
    if (size < 0) return false;
    const createdAt = this.#dates.secondsOf(this.#window, created + 15) ?? 0;
    if (!page.addAddressed(this.#window, { nameAt, nameEnd, etagAt, etagEnd, size, createdAt }))
      page.add(withoutReferences(text.slice(nameAt, nameEnd)), text.slice(etagAt, etagEnd), size, createdAt);
    return true;
  }

  /** Adds the blob in a text that ends right before its end tag, with its elements in whatever order. */
  #blob(text: string, page: ListedPage): void {
    const name = /^[^]*<Blob(?: [^<>]*)?>\s*<Name([^<>]*)>([^<]*)<\/Name>/.exec(text);
    if (name === null) throw malformedListing('a blob in it has no name');
    const value = (tag: string): string | undefined =>
      new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(text.slice(name[0].length))?.[1];
    if (/<Blob[ >]/.test(text.slice(0, name[0].lastIndexOf('<Blob'))))
      throw malformedListing('a blob in it has no end');
    const length = value('Content-Length') ?? '';
    const size = numberAt(Buffer.from(`${length}<`), 0);
    if (size < 0) throw malformedListing('a blob in it has no length');
    const created = value('Creation-Time') ?? value('Last-Modified') ?? '';
    page.add(
      nameOf(name[1] ?? '', name[2] ?? ''),
      value('Etag') ?? '',
      size,
      this.#dates.seconds(created, 0) ?? 0,
    );
  }
}

function nameOf(attributes: string, text: string): string {
  const name = withoutReferences(text);
  if (attributes === '') return name;
  if (!/^\s+Encoded="(?:true|false)"\s*$/.test(attributes))
    throw malformedListing('a name in it has unknown attributes');
  return attributes.includes('true') ? withoutPercents(name) : name;
}

/** Where a tag stands from `from` on; the service nearly always writes it `usually` so many characters behind. */
function placeOf(text: string, tag: string, from: number, usually: number): number {
  return text.startsWith(tag, from + usually) ? from + usually : text.indexOf(tag, from);
}

/** The number that stands between `at` and the next tag; -1 for anything but 1 to 15 digits. */
function numberAt(bytes: Buffer, at: number): number {
  let number = 0;
  let place = at;
  for (; place < at + 15; place += 1) {
    const digit = (bytes[place] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  return place > at && bytes[place] === tagBegins ? number : -1;
}
