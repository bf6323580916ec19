/**
 * The pages of a portion, the next one fetched while blobs of the present one are read. Pages that were taken back are
 * filled again, so that a listing of any length takes the memory of a few of them.
 */
import type { CompiledLayout } from '../policy/address-layout.ts';
import { ListedPage } from './listed-page.ts';
import type { Listing } from './listing.ts';

export class PageStream {
  readonly #listing: Listing;
  readonly #layout: CompiledLayout;
  readonly #free: ListedPage[];
  #coming: Promise<ListedPage> | undefined;

  /** Begins to fetch the first page; `free` are pages that may be filled, and where they are put back. */
  constructor(listing: Listing, layout: CompiledLayout, free: ListedPage[], token: string | undefined) {
    this.#listing = listing;
    this.#layout = layout;
    this.#free = free;
    this.#fetch(token);
  }

  /** The page on its way; the one after it is fetched from then on, if it `goesOn`. */
  async next(goesOn: (page: ListedPage) => boolean): Promise<ListedPage> {
    if (this.#coming === undefined) throw new RangeError('the listing is at its end');
    const page = await this.#coming;
    this.#coming = undefined;
    if (page.next !== undefined && goesOn(page)) this.#fetch(page.next);
    return page;
  }

  /** Takes back a page that nobody needs any more. */
  release(page: ListedPage): void {
    this.#free.push(page);
  }

  #fetch(token: string | undefined): void {
    const page = this.#free.pop() ?? new ListedPage(this.#layout);
    page.follow(this.#layout);
    this.#coming = this.#listing.read(token, page).then(() => page);
    // Whoever waits for the page is told; a page that nobody comes for any more may fail.
    this.#coming.catch(() => undefined);
  }
}
