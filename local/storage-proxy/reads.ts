/**
 * Reads that the blob store itself has no answer to: an earlier version, the secondary, listings of versions and of
 * soft-deleted blobs. Content that stands is passed through; only what is kept comes from elsewhere.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pathOf, type Target } from './address.ts';
import type { AccountProfile } from './config.ts';
import { sendError } from './errors.ts';
import { idAt, type Entry, type History } from './history.ts';
import { hiddenContainer, keptBlob } from './kept-content.ts';
import { entryXml, markCurrent, readList, wholeNames, type ListXml } from './list-xml.ts';
import type { Upstream } from './upstream.ts';
import { remainingDays, softDeleted } from './writes.ts';

/** Headers of a request that concern which bytes are sent and how. */
const passedOn = [
  'range',
  'x-ms-range',
  'x-ms-version',
  'x-ms-client-request-id',
  'x-ms-range-get-content-crc64',
];

type Listed = (entries: readonly Entry[], standing: string | undefined) => string;

export class Reads {
  readonly #upstream: Upstream;
  readonly #history: History;
  readonly #now: () => number;

  constructor(upstream: Upstream, history: History, now: () => number) {
    this.#upstream = upstream;
    this.#history = history;
    this.#now = now;
  }

  /** The blob as it stands, with its version's id. */
  async standing(
    request: IncomingMessage,
    response: ServerResponse,
    target: Target,
    profile: AccountProfile,
  ): Promise<void> {
    const newest = this.#history.newest(target);
    const isListed = newest !== undefined && !newest.isDeletion && !target.query.has('snapshot');
    await this.#upstream.relay(request, response, ({ statusCode = 500 }) =>
      isListed && statusCode < 300
        ? {
            ...(profile.versions ? { 'x-ms-version-id': newest.id, 'x-ms-is-current-version': 'true' } : {}),
            ...(newest.created === null ? {} : { 'x-ms-creation-time': newest.created }),
          }
        : {},
    );
  }

  /** One version of a blob. */
  async version(request: IncomingMessage, response: ServerResponse, target: Target): Promise<void> {
    const id = target.query.get('versionid') ?? '';
    const entry = this.#history.newest(target, id);
    const isNewest = entry !== undefined && this.#history.newest(target)?.id === id;
    if (isNewest && !entry.isDeletion)
      return void (await this.#upstream.relay(request, response, () => ({
        'x-ms-version-id': id,
        'x-ms-is-current-version': 'true',
      })));
    if (!(await this.#upstream.admits(request, response))) return;
    const isThere = entry?.id === id && !entry.isDeletion && !entry.isLost && entry.kept !== null;
    if (!isThere) return sendError(response, 404, 'BlobNotFound', 'The specified blob does not exist.');
    await this.#serve(request, response, target, entry, entry.kept ?? '', { 'x-ms-version-id': id });
  }

  /** A blob as the secondary has it. */
  async secondary(
    request: IncomingMessage,
    response: ServerResponse,
    target: Target,
    lagSeconds: number,
  ): Promise<void> {
    const entry = this.#replicated(target, lagSeconds);
    const isNewest = entry !== undefined && this.#history.newest(target)?.id === entry.id;
    if (isNewest && entry.replica === null && !entry.isDeletion && !entry.isLost)
      return void (await this.#upstream.relay(request, response));
    if (!(await this.#upstream.admits(request, response))) return;
    const held = entry?.replica ?? entry?.kept ?? '';
    if (entry === undefined || entry.isDeletion || held === '')
      return sendError(response, 404, 'BlobNotFound', 'The specified blob does not exist.');
    await this.#serve(request, response, target, entry, held, {});
  }

  /** The service statistics, with the Last Sync Time that the lag leaves. */
  async statistics(
    request: IncomingMessage,
    response: ServerResponse,
    account: string,
    lagSeconds: number,
  ): Promise<void> {
    if (!(await this.#upstream.admits(request, response))) return;
    const at = new Date(this.#history.syncedTo(account, lagSeconds)).toUTCString();
    sendXml(
      response,
      `<?xml version="1.0" encoding="utf-8"?><StorageServiceStats><GeoReplication><Status>live</Status><LastSyncTime>${at}</LastSyncTime></GeoReplication></StorageServiceStats>`,
    );
  }

  /** A listing with versions and soft-deleted blobs, as far as the account keeps them. */
  async listing(
    request: IncomingMessage,
    response: ServerResponse,
    target: Target,
    profile: AccountProfile,
  ): Promise<void> {
    const wanted = includedIn(target);
    const listed: Listed = (entries, standing) => {
      const versions = wanted.has('versions') && profile.versions ? versionsXml(entries) : '';
      const newest = entries.at(-1);
      if (standing !== undefined)
        return (
          versions +
          (wanted.has('versions') && profile.versions && newest !== undefined
            ? markCurrent(standing, newest.id)
            : standing)
        );
      const deleted = wanted.has('deleted') ? softDeleted(entries, profile, this.#now()) : undefined;
      return (
        versions +
        (deleted === undefined || newest === undefined
          ? ''
          : deletedXml(deleted, newest, profile, this.#now()))
      );
    };
    await this.#list(request, response, target, listed);
  }

  /** A listing of the secondary. */
  async secondaryListing(
    request: IncomingMessage,
    response: ServerResponse,
    target: Target,
    lagSeconds: number,
  ): Promise<void> {
    const synced = idAt(this.#history.syncedTo(target.account, lagSeconds));
    await this.#list(request, response, target, (entries, standing) => {
      const entry = entries.findLast((one) => one.id <= synced);
      if (entry === undefined || entry.isDeletion || (entry.replica ?? entry.kept) === '') return '';
      const isNewest = entry.id === entries.at(-1)?.id;
      return isNewest && standing !== undefined && entry.replica === null ? standing : entryXml(entry, '');
    });
  }

  /** The containers of an account, but for the hidden one. */
  async containers(request: IncomingMessage, response: ServerResponse, target: Target): Promise<void> {
    if (!(await this.#upstream.admits(request, response))) return;
    const { account } = target;
    const { body } = await this.#upstream.ask(
      'GET',
      { account, container: '', name: '' },
      { query: `?${target.query.toString()}` },
    );
    const hidden = new RegExp(`<Container><Name>${hiddenContainer}</Name>[\\s\\S]*?</Container>`);
    sendXml(response, body.toString().replace(hidden, ''));
  }

  #replicated(target: Target, lagSeconds: number): Entry | undefined {
    return this.#history.newest(target, idAt(this.#history.syncedTo(target.account, lagSeconds)));
  }

  /** One page: the blob store's own, and beside each name in its range what the history has of it. */
  async #list(
    request: IncomingMessage,
    response: ServerResponse,
    target: Target,
    listed: Listed,
  ): Promise<void> {
    if (target.query.has('delimiter'))
      return sendError(response, 501, 'NotImplemented', 'The storage proxy models flat listings only.');
    if (!(await this.#upstream.admits(request, response))) return;
    const query = new URLSearchParams(target.query);
    const include = [...includedIn(target)].filter((one) => one !== 'versions' && one !== 'deleted');
    query.delete('include');
    if (include.length > 0) query.set('include', include.join(','));
    const { account, container } = target;
    const list = await this.#page(response, target, query);
    if (list === undefined) return;
    const [marker, prefix] = [query.get('marker') ?? '', query.get('prefix') ?? ''];
    const inRange = ({ name }: Entry): boolean => name > marker && (list.next === '' || name <= list.next);
    const entries = Map.groupBy(
      this.#history.under(account, container, prefix).filter(inRange),
      (entry) => entry.name,
    );
    const standing = Map.groupBy(list.blobs, (blob) => blob.name);
    const names = [...new Set([...entries.keys(), ...standing.keys()])].toSorted((a, b) => (a < b ? -1 : 1));
    const blobs = names.map((name) => {
      const xml = standing
        .get(name)
        ?.map((blob) => blob.xml)
        .join('');
      return listed(entries.get(name) ?? [], xml);
    });
    sendXml(response, list.head + blobs.join('') + list.tail);
  }

  /** The blob store's own page, with each name on it whole; undefined once the answer is another one. */
  async #page(
    response: ServerResponse,
    { account, container }: Target,
    query: URLSearchParams,
  ): Promise<ListXml | undefined> {
    for (;;) {
      const at = { account, container, name: '' };
      const answer = await this.#upstream.ask('GET', at, { query: `?${query.toString()}` });
      if (answer.status !== 200) {
        sendXml(response, answer.body.toString(), answer.status);
        return undefined;
      }
      const list = readList(answer.body.toString());
      const whole = query.get('include')?.includes('snapshots') === true ? wholeNames(list) : list;
      if (whole !== undefined) return whole;
      if (!query.has('maxresults')) break;
      query.delete('maxresults'); // The largest page there is.
    }
    const message = 'The storage proxy lists no blob with more snapshots than a page holds.';
    sendError(response, 501, 'NotImplemented', message);
    return undefined;
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
    target: Target,
    entry: Entry,
    kept: string,
    more: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { 'if-match': ifMatch } = request.headers;
    if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== entry.etag)
      return sendError(
        response,
        412,
        'ConditionNotMet',
        'The condition specified using HTTP conditional header(s) is not met.',
      );
    const path = this.#upstream.signed(target.account, pathOf(keptBlob(target.account, kept)));
    const headers = Object.fromEntries(
      passedOn.flatMap((name) =>
        request.headers[name] === undefined ? [] : [[name, request.headers[name]]],
      ),
    );
    const told = { etag: entry.etag, 'last-modified': entry.modified, ...more };
    await this.#upstream.relay(request, response, () => told, path, headers);
  }
}

const includedIn = ({ query }: Target): Set<string> =>
  new Set((query.get('include') ?? '').split(',').filter(Boolean));

/** Whether a listing asks for what the blob store does not know, or lists in part. */
export const asksForKept = (target: Target): boolean =>
  ['versions', 'deleted', 'snapshots'].some((one) => includedIn(target).has(one));

function versionsXml(entries: readonly Entry[]): string {
  const isCurrent = (entry: Entry, index: number): boolean =>
    index === entries.length - 1 && !entry.isDeletion;
  return entries
    .filter(
      (entry, index) => !entry.isDeletion && !entry.isLost && entry.kept !== null && !isCurrent(entry, index),
    )
    .map((entry) => entryXml(entry, `<VersionId>${entry.id}</VersionId>`))
    .join('');
}

function deletedXml(content: Entry, deletion: Entry, profile: AccountProfile, now: number): string {
  const left = remainingDays(deletion, profile, now);
  const properties = `<DeletedTime>${deletion.modified}</DeletedTime><RemainingRetentionDays>${left}</RemainingRetentionDays>`;
  return entryXml(content, '<Deleted>true</Deleted>', properties);
}

function sendXml(response: ServerResponse, xml: string, status = 200): void {
  const headers = { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(xml) };
  response.writeHead(status, headers).end(response.req.method === 'HEAD' ? undefined : xml);
}
