/**
 * Writes to a modelled account. Before a blob's content is replaced or deleted, what stands is kept; before the answer
 * goes out, what became of the blob is recorded. Writes to one blob go one after the other. One that was not answered
 * leaves the blob in doubt: it is looked at before the next write, and every blob once at the start.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { keyOf, type BlobName, type Target } from './address.ts';
import type { AccountProfile } from './config.ts';
import { sendError } from './errors.ts';
import type { Entry, History } from './history.ts';
import { hiddenContainer, keptBlob, type KeptContent } from './kept-content.ts';
import { readList, textOf } from './list-xml.ts';
import type { Upstream } from './upstream.ts';

const dayMs = 86_400_000;

export class Writes {
  readonly #upstream: Upstream;
  readonly #history: History;
  readonly #kept: KeptContent;
  readonly #now: () => number;
  readonly #turns = new Map<string, Promise<void>>();
  readonly #doubtful = new Set<string>();

  constructor(upstream: Upstream, history: History, kept: KeptContent, now: () => number) {
    this.#upstream = upstream;
    this.#history = history;
    this.#kept = kept;
    this.#now = now;
  }

  /** Relays a request that replaces or deletes a blob's content. */
  replace(
    request: IncomingMessage,
    response: ServerResponse,
    blob: BlobName,
    profile: AccountProfile,
  ): Promise<void> {
    return this.inTurn(blob, async () => {
      const standing = await this.#settle(blob);
      if (standing !== undefined) await this.keepStanding(blob, standing);
      const isDeletion = request.method === 'DELETE';
      const status = await this.#upstream.relay(request, response, ({ statusCode = 500, headers }) => {
        if (statusCode >= 300) return {};
        const { etag = '', 'last-modified': modified } = headers;
        const said = { etag, ...(modified === undefined ? {} : { modified }) };
        const id = this.#history.add(blob, isDeletion ? { isDeletion } : said);
        return profile.versions && !isDeletion ? { 'x-ms-version-id': id } : {};
      });
      if (status === undefined || status >= 500) this.#doubtful.add(keyOf(blob));
    });
  }

  /** Brings a soft-deleted blob back. */
  undelete(
    request: IncomingMessage,
    response: ServerResponse,
    blob: BlobName,
    profile: AccountProfile,
  ): Promise<void> {
    return this.inTurn(blob, async () => {
      if (!(await this.#upstream.admits(request, response))) return;
      const deleted =
        (await this.#settle(blob)) === undefined
          ? softDeleted(this.#history.all(blob), profile, this.#now())
          : undefined;
      const standing = this.#history.newest(blob);
      if (deleted?.kept !== null && deleted?.kept !== undefined) {
        const etag = (await this.#kept.copy(keptBlob(blob.account, deleted.kept), blob)) ?? '';
        const { kept, size, modified } = deleted;
        this.#history.add(blob, { kept, size, etag, modified, created: deleted.created ?? modified });
      } else if (standing === undefined || standing.isDeletion)
        return sendError(response, 404, 'BlobNotFound', 'The specified blob does not exist.');
      response.writeHead(200, { 'content-length': 0 }).end();
    });
  }

  /**
   * Deletes an earlier version. The blob store knows none, and would delete the blob: it is asked whether the caller may
   * read it. A signature with the account's key is of a deletion alone, and is taken as it is.
   */
  deleteVersion(request: IncomingMessage, response: ServerResponse, target: Target): Promise<void> {
    return this.inTurn(target, async () => {
      const id = target.query.get('versionid') ?? '';
      const isSigned = request.headers.authorization?.startsWith('SharedKey ') === true;
      if (!isSigned && !(await this.#upstream.admits(request, response, 'HEAD'))) return;
      const standing = await this.#settle(target);
      if (standing?.id === id)
        return sendError(
          response,
          403,
          'OperationNotAllowedOnRootBlob',
          'The current version of a blob cannot be deleted by its id.',
        );
      const entry = this.#history.newest(target, id);
      const isThere = entry?.id === id && !entry.isDeletion && !entry.isLost && entry.kept !== null;
      if (!isThere) return sendError(response, 404, 'BlobNotFound', 'The specified blob does not exist.');
      this.#history.change(target, id, { isLost: true });
      response.writeHead(202, { 'content-length': 0 }).end();
    });
  }

  /** Keeps what stands, once. What is gone at rest cannot be kept any more. */
  async keepStanding(blob: BlobName, standing: Entry): Promise<string | undefined> {
    if (standing.kept !== null) return standing.kept;
    const copy = await this.#kept.keep(blob);
    if (copy === undefined) this.#history.change(blob, standing.id, { isLost: true });
    else this.#history.change(blob, standing.id, copy);
    return copy?.kept;
  }

  /** Runs work on a blob after all earlier work on it. */
  async inTurn(blob: BlobName, work: () => Promise<void>): Promise<void> {
    const key = keyOf(blob);
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work);
    const settled = turn.catch(() => undefined); // Whoever asked for it hears of the failure, the next one does not.
    this.#turns.set(key, settled);
    try {
      await turn;
    } finally {
      if (this.#turns.get(key) === settled) this.#turns.delete(key);
    }
  }

  /** Compares the history of every blob of an account with what stands there: a kill may have come in between. */
  async reconcile(account: string): Promise<void> {
    for (const container of await this.#containers(account)) {
      const newest = new Map(this.#history.under(account, container, '').map((entry) => [entry.name, entry]));
      for (let marker = '', isFirst = true; isFirst || marker !== ''; isFirst = false) {
        const query = `?restype=container&comp=list&maxresults=5000&marker=${encodeURIComponent(marker)}`;
        const page = await this.#upstream.ask('GET', { account, container, name: '' }, { query });
        const list = readList(page.body.toString());
        for (const { name, xml } of list.blobs) {
          const etag = `"${textOf(xml, 'Etag').replaceAll('"', '')}"`;
          this.#adopt({ account, container, name }, newest.get(name), etag, textOf(xml, 'Last-Modified'));
          newest.delete(name);
        }
        marker = list.next;
      }
      for (const [name, entry] of newest)
        if (!entry.isDeletion && !entry.isLost)
          this.#history.add({ account, container, name }, { isDeletion: true });
    }
  }

  async #containers(account: string): Promise<string[]> {
    const { body } = await this.#upstream.ask(
      'GET',
      { account, container: '', name: '' },
      { query: '?comp=list' },
    );
    const names = [...body.toString().matchAll(/<Container>[\s\S]*?<\/Container>/g)].map(([xml]) =>
      textOf(xml, 'Name'),
    );
    return names.filter((name) => name !== hiddenContainer);
  }

  /** The entry of what stands, after a doubt was settled. */
  async #settle(blob: BlobName): Promise<Entry | undefined> {
    if (this.#doubtful.has(keyOf(blob))) {
      const { status, headers } = await this.#upstream.ask('HEAD', blob);
      const newest = this.#history.newest(blob);
      if (status === 200) this.#adopt(blob, newest, headers.etag ?? '', headers['last-modified'] ?? '');
      else if (newest !== undefined && !newest.isDeletion && !newest.isLost)
        this.#history.add(blob, { isDeletion: true });
      this.#doubtful.delete(keyOf(blob));
    }
    const newest = this.#history.newest(blob);
    return newest === undefined || newest.isDeletion ? undefined : newest;
  }

  #adopt(blob: BlobName, newest: Entry | undefined, etag: string, modified: string): void {
    if (newest?.isDeletion === false && newest.etag === etag) return;
    // Not kept means that no write was begun since: the blob was changed in place, its metadata for instance.
    if (newest?.isDeletion === false && newest.kept === null) this.#history.change(blob, newest.id, { etag });
    else this.#history.add(blob, { etag, modified });
  }
}

/** The content that can be undeleted, while it is retained; with versions a deletion leaves an earlier version instead. */
export function softDeleted(
  entries: readonly Entry[],
  profile: AccountProfile,
  now: number,
): Entry | undefined {
  const [content, deletion] = entries.slice(-2);
  if (profile.versions || content === undefined || deletion?.isDeletion !== true || content.isDeletion)
    return undefined;
  if (content.kept === null || remainingDays(deletion, profile, now) < 0) return undefined;
  return content;
}

/** Whole days for which a deleted blob is still kept. */
export function remainingDays(deletion: Entry, profile: AccountProfile, now: number): number {
  return Math.floor((Date.parse(deletion.modified) + profile.softDeleteDays * dayMs - now) / dayMs);
}

/** Whether a request replaces or deletes the content of the blob it names. */
export function replacesContent(method: string | undefined, { name, query }: Target): boolean {
  if (name === '') return false;
  if (method === 'DELETE') return !query.has('snapshot');
  return method === 'PUT' && (!query.has('comp') || query.get('comp') === 'blocklist');
}
