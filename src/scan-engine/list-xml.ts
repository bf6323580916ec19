/**
 * Reads the XML of a listing page while it comes, cut after each blob, in pieces that stay small. It knows the few
 * elements that a listing consists of and takes nothing else for granted: what is missing, cut off or unknown makes the
 * page unusable, because a name passed over would be a blob never looked at.
 */
import { FixedText, SoughtText } from './byte-text.ts';
import { HttpDates } from './http-date.ts';
import type { ListedPage } from './listed-page.ts';
import { decoded, malformedListing, withoutPercents, withoutReferences } from './xml-text.ts';

/** Larger pieces would leave the processor's nearest cache. */
const pieceBytes = 32_768;
/** A blob's element with the longest name, every byte escaped, is far shorter. */
const longestElement = 262_144;
const blobEnd = '</Blob>';
const tagBegins = 0x3c;
const dateLength = 29;

/** What stands between the values that are needed of a blob, as the service nearly always writes it. */
const usual = {
  beforeName: new FixedText('<Blob><Name>'),
  beforeCreated: new FixedText('</Name><Properties><Creation-Time>'),
  beforeModified: new FixedText('</Creation-Time><Last-Modified>'),
  beforeEtag: new FixedText('</Last-Modified><Etag>'),
  beforeLength: new FixedText('</Etag><Content-Length>'),
};
/** From the name's end to the ETag. */
const datesLength =
  usual.beforeCreated.length + usual.beforeModified.length + usual.beforeEtag.length + 2 * dateLength;
const blobEnds = new SoughtText(blobEnd);

export class ListXml {
  readonly #dates = new HttpDates();
  #page: ListedPage | undefined;
  /** What came after the last blob: the first bytes of a buffer that is used again and again. */
  #window = Buffer.allocUnsafeSlow(2 * pieceBytes);
  #view = viewOf(this.#window);
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
      this.#view = viewOf(wider);
    }
    this.#window.set(piece, this.#used);
    this.#used = needed;
  }

  #blobs(): void {
    const page = this.#page;
    if (page === undefined) return;
    let from = 0;
    for (;;) {
      let end = this.#usualBlob(from, page);
      if (end < 0) {
        end = blobEnds.endIn(this.#window, from, this.#used);
        if (end < 0) break;
        this.#blob(this.#window.toString('latin1', from, end - blobEnd.length), page);
      }
      from = end;
    }
    this.#window.copyWithin(0, from, this.#used);
    this.#used -= from;
  }

  /**
   * Adds the blob that begins at `from` if it is written as the service usually does, and returns where it ends; -1 if it
   * is written otherwise, or not all of it came: nothing was added then. Every byte up to the length is looked at but for
   * those of a date, which are too few for the end of one blob and the beginning of another.
   */
  #usualBlob(from: number, page: ListedPage): number {
    const [bytes, view, to] = [this.#window, this.#view, this.#used];
    if (from + usual.beforeName.length > to || !usual.beforeName.isAt(view, from)) return -1;
    const nameAt = from + usual.beforeName.length;
    const nameEnd = tagFrom(bytes, nameAt, to, page.layout.nameLength);
    const etagAt = nameEnd + datesLength;
    if (nameEnd < 0 || etagAt > to) return -1;
    const created = nameEnd + usual.beforeCreated.length;
    if (!this.#areDatesAt(nameEnd)) return -1;
    const etagEnd = tagFrom(bytes, etagAt, to);
    const lengthAt = etagEnd + usual.beforeLength.length;
    if (etagEnd < 0 || lengthAt > to || !usual.beforeLength.isAt(view, etagEnd)) return -1;
    const size = numberAt(bytes, lengthAt);
    const end = blobEnds.endIn(bytes, lengthAt, to);
    if (size < 0 || end < 0) return -1;
    const createdAt = this.#dates.secondsOf(bytes, created) ?? 0;
    if (page.addAddressed(bytes, { nameAt, nameEnd, etagAt, etagEnd, size, createdAt })) return end;
    // What follows the layout has no tag in it; any other name has to be looked through.
    if (tagFrom(bytes, nameAt, to) !== nameEnd) return -1;
    const [name, etag] = [
      bytes.toString('latin1', nameAt, nameEnd),
      bytes.toString('latin1', etagAt, etagEnd),
    ];
    page.add(withoutReferences(name), etag, size, createdAt);
    return end;
  }

  /** Whether the two dates, and the tags around them, stand behind the name that ends at this place. */
  #areDatesAt(nameEnd: number): boolean {
    const created = nameEnd + usual.beforeCreated.length;
    const modified = created + dateLength + usual.beforeModified.length;
    return (
      usual.beforeCreated.isAt(this.#view, nameEnd) &&
      usual.beforeModified.isAt(this.#view, created + dateLength) &&
      usual.beforeEtag.isAt(this.#view, modified + dateLength)
    );
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

/** Where the next tag begins, before `to`; -1 if none does. One that begins `usually` so far behind is taken at once. */
function tagFrom(bytes: Buffer, from: number, to: number, usually = 0): number {
  if (from + usually < to && bytes[from + usually] === tagBegins) return from + usually;
  for (let at = from; at < to; at += 1) if (bytes[at] === tagBegins) return at;
  return -1;
}

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

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
