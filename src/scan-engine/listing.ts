/** The pages of a listing, one request each; what the store answers instead of a page is a Failure that says so. */
import { Failure } from '../policy/failure.ts';
import type { BodyReceiver, Exchange } from './connection.ts';
import { percentEncoded } from './endpoint.ts';
import type { ListedPage } from './listed-page.ts';
import { ListXml } from './list-xml.ts';
import { getOnce, type RequesterParts } from './requester.ts';
import { requestOf } from './request-text.ts';
import { headerOf, type ResponseHead } from './response-head.ts';
import { malformedListing } from './xml-text.ts';

/** What is listed. */
export interface ListingScope {
  /** How the container is called in messages. */
  readonly label: string;
  /** The container's path. */
  readonly path: string;
  readonly prefix: string;
  /** Entries on a page. */
  readonly pageSize: number;
}

export class Listing {
  readonly #requests: RequesterParts;
  readonly #scope: ListingScope;
  readonly #xml = new ListXml();

  constructor(requests: RequesterParts, scope: ListingScope) {
    this.#requests = requests;
    this.#scope = scope;
  }

  /** Fills the page from a marker on; throws a Failure if the store gives none. One page at a time. */
  async read(marker: string | undefined, page: ListedPage): Promise<void> {
    const { path, prefix, label, pageSize } = this.#scope;
    const query =
      `?restype=container&comp=list&maxresults=${pageSize}` +
      (prefix === '' ? '' : `&prefix=${percentEncoded(prefix)}`) +
      (marker === undefined ? '' : `&marker=${percentEncoded(marker)}`);
    const receiver = new PageReceiver(this.#xml, page);
    const exchange = await getOnce(this.#requests, requestOf({ path, query }), receiver);
    if (exchange.kind === 'broken' || exchange.head.status !== 200) throw failureOf(label, exchange);
    this.#xml.end();
    if (page.next !== undefined && page.next === marker)
      throw malformedListing('it names the page it has just given as the next one');
  }
}

class PageReceiver implements BodyReceiver {
  readonly #xml: ListXml;
  readonly #page: ListedPage;

  constructor(xml: ListXml, page: ListedPage) {
    this.#xml = xml;
    this.#page = page;
  }

  begin(head: ResponseHead): boolean {
    this.#xml.begin(this.#page);
    if (head.isEncoded) throw malformedListing('it is compressed');
    if (!head.chunked && head.length === undefined) throw malformedListing('it does not say where it ends');
    return true;
  }

  body(bytes: Buffer): void {
    this.#xml.push(bytes);
  }
}

function failureOf(label: string, exchange: Exchange): Failure {
  if (exchange.kind === 'broken') {
    if (exchange.thrown instanceof Failure) return exchange.thrown;
    return new Failure(
      'unavailable',
      `${label} cannot be listed: ${exchange.why}`,
      'The service could not be reached or broke off; it is tried again by itself.',
    );
  }
  const { head } = exchange;
  const code = headerOf(head, 'x-ms-error-code');
  const text = `${label} cannot be listed: HTTP ${head.status}${code === undefined ? '' : ` (${code})`}`;
  if (head.status === 401 || head.status === 403)
    return new Failure(
      'access-denied',
      text,
      "Grant the deployment's identity Storage Blob Data Reader on it.",
    );
  if (head.status === 404)
    return new Failure(
      'not-found',
      text,
      'Compare account and container in the estate file with what stands in Azure.',
    );
  if (head.status >= 500 || head.status === 408 || head.status === 429)
    return new Failure('unavailable', text, 'The service is overloaded; it is tried again by itself.');
  return new Failure('operation-failed', text, 'The service refused the request; its code says why.');
}
