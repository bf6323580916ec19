/** A made-up store for the fast scanner's tests: its blobs, its listing's XML, and an honest server's replies. */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { AddressLayout } from '../../src/policy/content-address.ts';
import { answer, type Reply, type SeenRequest } from './scan-server.ts';

export const layout: AddressLayout = { template: 'sha256/{0:2}/{digest}', algorithm: 'sha256' };

export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** The name that the content has in the layout. */
export const nameOf = (bytes: Buffer | string): string =>
  `sha256/${sha256(bytes).slice(0, 2)}/${sha256(bytes)}`;

/** A blob as the made-up store keeps it; `listedSize` where the listing says another size than the content's. */
export interface StoredBlob {
  readonly name: string;
  readonly content: Buffer;
  readonly etag: string;
  readonly listedSize?: number;
}

/** A blob under its right address. */
export function storedBlob(content: Buffer | string, etag = '0x8DE0C5A1B2C3D4E'): StoredBlob {
  return { name: nameOf(content), content: Buffer.from(content), etag };
}

/** So many different blobs, in the order of their names. */
export const storedBlobs = (count: number): StoredBlob[] =>
  Array.from({ length: count }, (_, index) =>
    storedBlob(`content ${index} ${'.'.repeat(index % 97)}`),
  ).toSorted((a, b) => (a.name < b.name ? -1 : 1));

export const createdAt = 'Mon, 01 Jun 2026 10:00:00 GMT';
export const createdAtSeconds = Date.UTC(2026, 5, 1, 10) / 1000;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A blob's element as the service writes it. */
export const blobXml = ({ name, content, etag, listedSize }: StoredBlob): string =>
  `<Blob><Name>${escaped(name)}</Name><Properties><Creation-Time>${createdAt}</Creation-Time>` +
  `<Last-Modified>${createdAt}</Last-Modified><Etag>${escaped(etag)}</Etag>` +
  `<Content-Length>${listedSize ?? content.length}</Content-Length><Content-Type>application/octet-stream</Content-Type>` +
  '<Content-Encoding /><Content-MD5>sQqNsWTgdUEFt6mb5y4/5Q==</Content-MD5><BlobType>BlockBlob</BlobType>' +
  '<AccessTier>Hot</AccessTier><LeaseStatus>unlocked</LeaseStatus></Properties><OrMetadata /></Blob>';

/** A page of a listing. */
export const pageXml = (elements: readonly string[], next = ''): string =>
  `\uFEFF<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="https://a/" ContainerName="c">` +
  `<MaxResults>5000</MaxResults><Blobs>${elements.join('')}</Blobs>` +
  `${next === '' ? '<NextMarker />' : `<NextMarker>${escaped(next)}</NextMarker>`}</EnumerationResults>`;

/** How a served store differs from an honest one. */
export interface StoreHabits {
  /** Blobs on a page of the listing. */
  readonly pageSize?: number;
  /** Answers a request for a blob and gives true, or leaves it to the honest answer. */
  readonly onBlob?: (socket: Socket, request: SeenRequest, blob: StoredBlob) => boolean;
  /** The same for the listing. */
  readonly onList?: (socket: Socket, request: SeenRequest) => boolean;
}

export const isList = (request: SeenRequest): boolean => request.target.includes('comp=list');

/** Serves blobs by their names and a listing of them; where there are several of one name, by the version asked for. */
export function serve(blobs: readonly StoredBlob[], habits: StoreHabits = {}): Reply {
  const byKey = new Map(blobs.map((blob) => [`${blob.name} "${blob.etag}"`, blob]));
  return (socket, request) => {
    if (isList(request)) {
      if (habits.onList?.(socket, request) !== true)
        socket.write(listAnswer(blobs, request, habits.pageSize));
      return;
    }
    const path = new URL(request.target, 'http://a').pathname;
    const name = decodeURIComponent(path.slice('/container/'.length));
    const blob = byKey.get(`${name} ${request.headers.get('if-match') ?? ''}`);
    if (blob === undefined) socket.write(answer(412, 'no', { 'x-ms-error-code': 'ConditionNotMet' }));
    else if (habits.onBlob?.(socket, request, blob) !== true) socket.write(answer(200, blob.content));
  };
}

function listAnswer(blobs: readonly StoredBlob[], request: SeenRequest, pageSize = 5_000): Buffer {
  const query = new URL(request.target, 'http://a').searchParams;
  const wanted = blobs.filter(({ name }) => name.startsWith(query.get('prefix') ?? ''));
  const from = Number(query.get('marker') ?? 0);
  const next = from + pageSize < wanted.length ? String(from + pageSize) : '';
  return answer(200, pageXml(wanted.slice(from, from + pageSize).map(blobXml), next));
}
