/** The List XML of the blob service: taken apart by blobs, put together again with what the proxy knows of. */
import type { Entry } from './history.ts';

/** A listing's text around its blobs, and each blob's own text by its name. */
export interface ListXml {
  readonly head: string;
  readonly tail: string;
  readonly blobs: readonly { readonly name: string; readonly xml: string }[];
  /** The last name of the page, if another one follows. */
  readonly next: string;
}

/** Takes a listing apart. */
export function readList(xml: string): ListXml {
  const empty = xml.replace('<Blobs/>', '<Blobs></Blobs>');
  const from = empty.indexOf('<Blobs>') + '<Blobs>'.length;
  const to = empty.indexOf('</Blobs>');
  const blobs = [...empty.slice(from, to).matchAll(/<Blob>[\s\S]*?<\/Blob>/g)].map(([one]) => ({
    name: textOf(one, 'Name'),
    xml: one,
  }));
  const tail = empty.slice(to);
  return { head: empty.slice(0, from), tail, blobs, next: textOf(tail, 'NextMarker') };
}

/**
 * A page without the last name on it, unless it is the last page: the blob store goes on behind that name, and what it
 * has of the same name on the next page would be left out. Undefined if the page holds one name alone.
 */
export function wholeNames(list: ListXml): ListXml | undefined {
  if (list.next === '') return list;
  const blobs = list.blobs.filter(({ name }) => name !== list.next);
  const next = blobs.at(-1)?.name;
  if (next === undefined) return undefined;
  const marker = `<NextMarker>${escape(next)}</NextMarker>`;
  return {
    ...list,
    blobs,
    next,
    tail: list.tail.replace(/<NextMarker>[\s\S]*?<\/NextMarker>/, () => marker),
  };
}

/** The text of an element. */
export function textOf(xml: string, element: string): string {
  return unescape(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`).exec(xml)?.[1] ?? '');
}

/** Marks a listed blob as the current version. */
export const markCurrent = (xml: string, id: string): string =>
  xml.replace(
    '<Properties>',
    `<VersionId>${id}</VersionId><IsCurrentVersion>true</IsCurrentVersion><Properties>`,
  );

/** A blob of the history as a listing shows it; `more` are elements before, `properties` inside its properties. */
export function entryXml(entry: Entry, more: string, properties = ''): string {
  const { name, etag, size, modified, created } = entry;
  return [
    `<Blob><Name>${escape(name)}</Name>${more}<Properties>`,
    `<Creation-Time>${created ?? modified}</Creation-Time><Last-Modified>${modified}</Last-Modified>`,
    `<Etag>${etag.replaceAll('"', '')}</Etag><Content-Length>${size}</Content-Length>`,
    `<Content-Type>application/octet-stream</Content-Type><BlobType>BlockBlob</BlobType>${properties}`,
    '</Properties></Blob>',
  ].join('');
}

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' } as const;

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => entities[sign as keyof typeof entities]);
}

function unescape(text: string): string {
  return text
    .replaceAll(/&#(x?)([0-9a-fA-F]+);/g, (_all, hex: string, digits: string) =>
      String.fromCodePoint(Number.parseInt(digits, hex === '' ? 10 : 16)),
    )
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}
