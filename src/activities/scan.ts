/**
 * The integrity scan's effects. A part of a shard is a portion of its listing: each blob in it is re-hashed against the
 * address in its name, and each address that a retained recovery point refers to, in the range of names that the
 * portion covers, must be among them. Every part's findings are written before the next part begins; a part that is
 * run again finds them there.
 */
import pMap from 'p-map';
import type { EstateBlobStore } from '../contracts/estate.ts';
import {
  addCounts,
  finalizeScan,
  findingsInResult,
  noCounts,
  planScan,
  scanDocument,
  scanPart,
  scanPartDocument,
  type ScanCounts,
  type ScanDocument,
  type ScanFinding,
  type ScanPartDocument,
  type ScanVerdict,
} from '../contracts/scan.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { addressFromBlobName, type AddressLayout } from '../policy/content-address.ts';
import { Failure } from '../policy/failure.ts';
import { isOfShard, prefixOfShard } from '../policy/shards.ts';
import type { ListedBlob } from '../ports/content-store.ts';
import { implement, type Activity } from './activity.ts';
import { raise, resolve } from './alerts.ts';
import type { Dependencies } from './dependencies.ts';
import { expectedNames, type Expected } from './expected-blobs.ts';
import { readCatalogue, usablePoints } from './points.ts';
import { scoped, storeHere } from './scope.ts';
import { createOrRead, needDocument, readDocument } from './vault-documents.ts';
import { verifyBlob } from './verify-blob.ts';

const concurrency = 16;
/** One activity scans pages for this long, then hands on; well within the platform's limit for a function. */
const partSeconds = 60;

export function scanActivities(deps: Dependencies): Activity[] {
  return [
    implement(planScan, async ({ slot, ...scope }) => {
      const { region } = scoped(deps, scope);
      for (const store of region.blobStores) await storeHere(deps, store);
      const points = usablePoints(await readCatalogue(deps, scope), deps.clock.now());
      return {
        scan: `scan-${slot}`,
        stores: region.blobStores.map((store) => store.id),
        points: points.map((point) => point.id),
      };
    }),

    implement(scanPart, async (part) => {
      const { region } = scoped(deps, part);
      const store = region.blobStores.find((one) => one.id === part.store);
      if (store === undefined)
        throw new Failure(
          'not-found',
          `the estate has no blob store "${part.store}" in ${part.region}`,
          'It was removed from the estate file since the scan began.',
        );
      const path = vaultPaths.scanPart(part, part.scan, part.store, part.shard, part.position.part);
      const standing = await readDocument(deps.vault, path, scanPartDocument);
      const document =
        standing ??
        (await createOrRead(deps.vault, path, scanPartDocument, await scanNow(deps, part, store)));
      return { counts: document.counts, ...(document.next === undefined ? {} : { next: document.next }) };
    }),

    implement(finalizeScan, async (facts) => {
      const document = await createOrRead(
        deps.vault,
        vaultPaths.scan(facts, facts.scan),
        scanDocument,
        await buildScan(deps, facts),
      );
      await tellPeople(deps, facts, document);
      return { outcome: document.outcome, detail: document.detail, counts: document.counts };
    }),
  ];
}

async function scanNow(
  deps: Dependencies,
  part: Scope &
    Pick<ScanPartDocument, 'scan'> & {
      shard: Parameters<typeof prefixOfShard>[1];
      points: string[];
      position: { part: number; marker?: string | undefined; after?: string | undefined };
    },
  store: EstateBlobStore,
): Promise<ScanPartDocument> {
  const layout = { template: store.layout, algorithm: store.algorithm };
  const prefix = prefixOfShard(layout, part.shard);
  const expected = await expectedNames(deps, part, store, part.points, prefix, part.shard === 'stray');
  const tally = new Tally(store.id);
  const until = deps.clock.monotonicMilliseconds() + partSeconds * 1000;
  let { marker, after } = part.position;
  do {
    const page = await deps.contents.listPage(store, prefix, marker);
    const blobs = page.blobs.filter((blob) => isOfShard(layout, part.shard, blob.name));
    await pMap(
      blobs,
      async (blob) => {
        const judged = await judge(deps, store, layout, blob, expected);
        if (judged !== undefined) tally.count(judged, blob);
      },
      { concurrency },
    );
    if (page.next !== undefined && page.next === marker) throw standingStill(store, part.shard);
    const last = page.blobs.at(-1)?.name ?? after;
    const found = new Set(blobs.map((blob) => blob.name));
    if (page.next === undefined) await missingBetween(deps, store, expected, found, after, undefined, tally);
    // Before any name was listed nothing can be said to be missing yet.
    else if (last !== undefined) await missingBetween(deps, store, expected, found, after, last, tally);
    [marker, after] = [page.next, last];
  } while (marker !== undefined && deps.clock.monotonicMilliseconds() < until);
  const next =
    marker === undefined
      ? {}
      : { next: { part: part.position.part + 1, marker, ...(after === undefined ? {} : { after }) } };
  return {
    schema: 'lifeboat/scan-part/v1',
    scan: part.scan,
    store: store.id,
    shard: part.shard,
    part: part.position.part,
    counts: tally.counts,
    ...next,
    findings: tally.findings,
  };
}

function standingStill(store: EstateBlobStore, shard: string): Failure {
  return new Failure(
    'unavailable',
    `blob store ${store.id}: the listing of shard ${shard} names the page it has just given as the next one`,
    'It is tried again by itself; if it stays so, look at the storage account.',
  );
}

class Tally {
  counts: ScanCounts = { ...noCounts };
  readonly findings: ScanFinding[] = [];
  readonly #store: string;

  constructor(store: string) {
    this.#store = store;
  }

  count(judged: Judged, blob: { readonly name: string }): void {
    this.counts = addCounts(this.counts, {
      ...noCounts,
      blobs: 1,
      bytes: judged.bytes,
      [judged.verdict]: 1,
      transient: judged.transient ? 1 : 0,
    });
    if (judged.verdict !== 'ok') this.find(judged.verdict, blob.name, judged.detail);
  }

  missing(name: string, detail: string): void {
    this.counts = addCounts(this.counts, { ...noCounts, missing: 1 });
    this.find('missing', name, detail);
  }

  find(verdict: ScanVerdict, name: string, detail: string): void {
    this.findings.push({ store: this.#store, verdict, name, detail });
  }
}

interface Judged {
  readonly verdict: ScanVerdict;
  readonly bytes: number;
  readonly transient: boolean;
  readonly detail: string;
}

/** What a listed blob is; undefined if it was deleted since and no recovery point needs it. */
async function judge(
  deps: Dependencies,
  store: EstateBlobStore,
  layout: AddressLayout,
  blob: ListedBlob,
  expected: Expected,
): Promise<Judged | undefined> {
  const address = addressFromBlobName(layout, blob.name);
  if (address === undefined)
    return {
      verdict: 'not-an-address',
      bytes: 0,
      transient: false,
      detail: `its name does not follow ${layout.template}`,
    };
  const { verdict, bytes, detail } = await verifyBlob(deps.contents, store, blob.name, address, blob);
  if (verdict === 'missing') {
    const needed = expected.names.get(blob.name);
    return needed?.must === true
      ? { verdict, bytes, transient: false, detail: `recovery point ${needed.point} refers to it` }
      : undefined;
  }
  if (verdict === 'transient') return { verdict: 'ok', bytes, transient: true, detail };
  if (verdict !== 'ok') return { verdict, bytes, transient: false, detail };
  const isOld = expected.newestInstant !== undefined && blob.createdAt < expected.newestInstant;
  if (isOld && !expected.names.has(blob.name))
    return {
      verdict: 'unreferenced',
      bytes,
      transient: false,
      detail: 'no retained recovery point refers to it',
    };
  return { verdict: 'ok', bytes, transient: false, detail: '' };
}

/** Every expected name in the range of names that was just listed must have been among them. */
async function missingBetween(
  deps: Dependencies,
  store: EstateBlobStore,
  expected: Expected,
  found: ReadonlySet<string>,
  after: string | undefined,
  last: string | undefined,
  tally: Tally,
): Promise<void> {
  for (const [name, { point, must }] of expected.names) {
    if (
      !must ||
      found.has(name) ||
      (after !== undefined && name <= after) ||
      (last !== undefined && name > last)
    )
      continue;
    // Asked for by name before it is called missing: a listing may be a moment old.
    if (!(await deps.contents.open(store, name).then(isThere)))
      tally.missing(name, `recovery point ${point} refers to it`);
  }
}

/** Whether there was a blob; its content is not read. */
function isThere(content: { readonly stream: { destroy(): unknown } } | undefined): boolean {
  content?.stream.destroy();
  return content !== undefined;
}

async function buildScan(
  deps: Dependencies,
  facts: Scope & {
    scan: string;
    startedAt: string;
    endedAt: string;
    points: string[];
    shards: { store: string; shard: string; counts: ScanCounts; failure?: string | undefined }[];
  },
): Promise<ScanDocument> {
  const { region } = scoped(deps, facts);
  const counts = facts.shards.reduce((sum, shard) => addCounts(sum, shard.counts), noCounts);
  const stores = region.blobStores.map((store) => ({
    store: store.id,
    counts: facts.shards
      .filter((shard) => shard.store === store.id)
      .reduce((sum, shard) => addCounts(sum, shard.counts), noCounts),
  }));
  const incomplete = facts.shards.flatMap(({ store, shard, failure }) =>
    failure === undefined ? [] : [{ store, shard, failure }],
  );
  const empty = stores
    .filter((store) => store.counts.blobs === 0 && !incomplete.some((one) => one.store === store.store))
    .map((store) => store.store);
  const { damaged } = await readCatalogue(deps, facts);
  const doubts = { incomplete, empty, unreadPoints: damaged.map((one) => one.path) };
  const { outcome, detail } = judgeScan(counts, doubts, facts.points.length);
  return {
    schema: 'lifeboat/scan/v1',
    id: facts.scan,
    system: facts.system,
    region: facts.region,
    startedAt: facts.startedAt,
    endedAt: facts.endedAt,
    outcome,
    detail,
    points: facts.points,
    counts,
    stores,
    findings: await collectFindings(deps, facts, facts.scan),
    incomplete,
  };
}

/** What keeps a scan from having verified everything. */
interface ScanDoubts {
  readonly incomplete: readonly { store: string; shard: string; failure: string }[];
  readonly empty: readonly string[];
  /** Recovery points whose documents cannot be read: what they refer to was not looked for. */
  readonly unreadPoints: readonly string[];
}

function judgeScan(
  counts: ScanCounts,
  { incomplete, empty, unreadPoints }: ScanDoubts,
  points: number,
): Pick<ScanDocument, 'outcome' | 'detail'> {
  const damaged = counts['digest-mismatch'] + counts['wrong-size'] + counts.missing;
  const [first] = incomplete;
  const unread = counts.unreadable + counts.unstable;
  if (damaged > 0)
    return {
      outcome: 'damaged',
      detail: `${counts['digest-mismatch'] + counts['wrong-size']} damaged and ${counts.missing} missing of ${counts.blobs} blobs${first === undefined ? '' : `; ${incomplete.length} shard(s) were not scanned: ${first.failure}`}`,
    };
  if (first !== undefined)
    return {
      outcome: 'failed',
      detail: `${incomplete.length} shard(s) were not scanned to their end; ${first.store} ${first.shard}: ${first.failure}`,
    };
  if (empty.length > 0)
    return {
      outcome: 'failed',
      detail: `nothing was found in ${empty.join(', ')}: an empty store is no clean store`,
    };
  if (unreadPoints.length > 0)
    return {
      outcome: 'failed',
      detail: `${unreadPoints.length} recovery point document(s) cannot be read, so what they refer to was not looked for: ${unreadPoints.join(', ')}`,
    };
  if (unread > 0)
    return { outcome: 'failed', detail: `${unread} of ${counts.blobs} blobs could not be read` };
  const against = points === 0 ? '; no recovery point says yet what must be there' : '';
  return {
    outcome: 'clean',
    detail: `${counts.ok + counts.unreferenced} of ${counts.blobs} blobs re-hashed and right${against}`,
  };
}

/** The findings of every part, worst first, as many as the result holds. */
async function collectFindings(deps: Dependencies, scope: Scope, scan: string): Promise<ScanFinding[]> {
  const order: ScanVerdict[] = [
    'missing',
    'digest-mismatch',
    'wrong-size',
    'unreadable',
    'unstable',
    'not-an-address',
    'unreferenced',
    'ok',
  ];
  let findings: ScanFinding[] = [];
  for await (const some of findingsByPart(deps, scope, scan))
    findings = [...findings, ...some]
      .toSorted((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
      .slice(0, findingsInResult);
  return findings;
}

async function* findingsByPart(
  deps: Dependencies,
  scope: Scope,
  scan: string,
): AsyncGenerator<readonly ScanFinding[]> {
  for await (const path of deps.vault.list(vaultPaths.scanParts(scope, scan)))
    yield (await readDocument(deps.vault, path, scanPartDocument))?.findings ?? [];
}

async function tellPeople(deps: Dependencies, scope: Scope, document: ScanDocument): Promise<void> {
  const where = `${scope.system} in ${scope.region}`;
  const runbook = 'runbooks/scan-damage.md';
  if (document.outcome === 'damaged') {
    const worst = document.findings
      .slice(0, 5)
      .map((one) => `${one.verdict}: ${one.store} ${one.name} (${one.detail})`);
    await raise(deps, scope, {
      key: 'scan-damage',
      severity: 'critical',
      title: `The integrity scan of ${where} found damage`,
      detail: `${document.detail}. ${worst.join('; ')}`,
      runbook,
    });
  }
  if (document.outcome === 'failed')
    await raise(deps, scope, {
      key: 'scan-failed',
      severity: 'warning',
      title: `The integrity scan of ${where} did not verify everything`,
      detail: document.detail,
      runbook,
    });
  if (document.outcome === 'clean') await resolve(deps, scope, 'scan-damage');
  if (document.outcome !== 'failed') await resolve(deps, scope, 'scan-failed');
}

/**
 * The names of the blobs that scans found damaged, by store: all that the newest scan found, not only those in its
 * result, and where it was not scanned to its end those of the scans before it, back to one that was.
 */
export async function damagedBlobs(deps: Dependencies, scope: Scope): Promise<ReadonlySet<string>> {
  const damaged = new Set<string>();
  for (const path of (await scanPaths(deps, scope)).toReversed()) {
    const scan = await needDocument(deps.vault, path, scanDocument);
    for await (const findings of findingsByPart(deps, scope, scan.id))
      for (const { store, name, verdict } of findings)
        if (verdict !== 'unreferenced' && verdict !== 'not-an-address') damaged.add(`${store}/${name}`);
    if (scan.incomplete.length === 0) break;
  }
  return damaged;
}

/** The result of the newest scan; undefined if there was none. */
export async function newestScan(deps: Dependencies, scope: Scope): Promise<ScanDocument | undefined> {
  const newest = (await scanPaths(deps, scope)).at(-1);
  return newest === undefined ? undefined : readDocument(deps.vault, newest, scanDocument);
}

async function scanPaths(deps: Dependencies, scope: Scope): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of deps.vault.list(vaultPaths.scans(scope))) paths.push(path);
  return paths;
}
