/**
 * What still goes by a record that is past its days, in words that follow "it is … old, but". Each kind is asked in its
 * own way, and once; what cannot be read as what it is stays.
 */
import type { z } from 'zod';
import { alertDocument, approvalDocument } from '../../contracts/documents.ts';
import { holdDocument } from '../../contracts/holds.ts';
import { pruneDocument, tombstoneDocument } from '../../contracts/prune.ts';
import { reapedDocument } from '../../contracts/reaper.ts';
import { storedReport } from '../../contracts/report.ts';
import { instantOf } from '../../contracts/values.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { failureFrom } from '../../policy/failure.ts';
import type { StillNeeded } from '../../policy/own-documents.ts';
import { reportInChain } from '../report/chain.ts';
import { readDocument } from '../vault-documents.ts';
import { segmentsGoneBy } from './audit-segments.ts';
import { claimsGoneBy } from './document-claims.ts';
import type { Around } from './gather.ts';
import type { RecordFound } from './gather-documents.ts';
import { reportsBefore } from './gather-reports.ts';
import { scansGoneBy } from './document-scans.ts';

/** What still goes by a record; undefined: nothing. */
export type Needs = (record: RecordFound) => Promise<string | undefined>;

/** Asks about the records of one folder; `records` are all that there are in it. */
export function needOf(around: Around, records: readonly RecordFound[]): Needs {
  const { deps } = around;
  const read = <T>(path: string, schema: z.ZodType<T>, need: (document: T) => string | false) =>
    readDocument(deps.vault, path, schema).then(
      (document) => (document === undefined ? undefined : need(document) || undefined),
      unreadable,
    );
  const claims = once(() => claimsGoneBy(around, records));
  const plans = once(() => plansGoneBy(around));
  const scans = once(() => scansGoneBy(around, records));
  const segments = once(() =>
    segmentsGoneBy(
      around,
      records.map(({ id }) => id),
    ),
  );
  const newest = records.at(-1)?.id;
  const asked: Readonly<Record<StillNeeded, Needs>> = {
    never: async () => undefined,
    claim: async ({ id }) =>
      (await claims()).has(id) ? 'the watch over the schedules and the next run go by it' : undefined,
    plan: async ({ id }) =>
      (await plans()).has(id) ? 'the newest prune, or a report that stands, names it' : undefined,
    newest: async ({ id }) => (id === newest ? 'it is the newest' : undefined),
    scan: async ({ id }) =>
      (await scans()).has(id) ? 'it is the newest scan, or its documents stand' : undefined,
    approval: ({ path }) =>
      read(path, approvalDocument, ({ expiresAt }) =>
        instantOf(expiresAt) > around.now ? `it holds until ${expiresAt}` : false,
      ),
    alert: ({ path }) =>
      read(path, alertDocument, ({ resolvedAt }) => resolvedAt === undefined && 'it is open'),
    removal: (record) => read(record.path, shapeOfRemoval(record), unconfirmed),
    hold: ({ path }) => read(path, holdDocument, (hold) => holding(around, hold)),
    point: ({ id }) => pointGoneBy(around, ownerOf(id)),
    chain: async ({ id }) => (await segments())(id),
    'of-point': async ({ id }) =>
      around.catalogue.some((point) => point.id === ownerOf(id))
        ? 'the record of its point stands'
        : undefined,
  };
  return (record) => {
    const { removal } = record.of;
    if (removal.by === 'prune') return asked[removal.unless](record);
    // What a drill without a report left behind: only a report that stands in the chain needs it.
    return reportInChain(deps, around.here.scope, ownerOf(record.id)).then(
      (report) => (report === undefined ? undefined : 'its report is final, and is not written yet'),
      unreadable,
    );
  };
}

/** `points/{owner}.json`, `{folder}/{owner}/…`. */
const ownerOf = (id: string): string => (id.split('/')[1] ?? '').replace(/\.json$/, '');

function unreadable(thrown: unknown): string {
  if (failureFrom(thrown).code === 'bad-document') return 'it cannot be read';
  throw thrown;
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let begun: Promise<T> | undefined;
  return () => (begun ??= work());
}

type Removal = { readonly confirmedAbsentAt?: string | undefined };

const shapeOfRemoval = ({ of }: RecordFound): z.ZodType<Removal> =>
  of.kind === 'tombstone' ? tombstoneDocument : reapedDocument;
const unconfirmed = ({ confirmedAbsentAt }: Removal): string | false =>
  confirmedAbsentAt === undefined && 'the deletion that it tells of is not confirmed';

/** A hold that has ended is a record like any other from then on. */
function holding({ policy, now }: Around, { until, released }: z.infer<typeof holdDocument>): string | false {
  if (released !== undefined) return false;
  if (until === undefined) return 'it holds';
  return instantOf(until) > now.minus({ days: policy.reportDays }) && `it holds, or held, until ${until}`;
}

/** The plans that are named by the newest prune, and by reports that outlived their days. */
async function plansGoneBy({ deps, here, now, policy }: Around): Promise<ReadonlySet<string>> {
  const { scope } = here;
  const digests: string[] = [];
  let newest: string | undefined;
  for await (const path of deps.vault.list(vaultPaths.prunes(scope))) newest = path;
  const last = newest === undefined ? undefined : await readDocument(deps.vault, newest, pruneDocument);
  if (last !== undefined) digests.push(last.plan);
  // A plan is as old as its drill: one that is past its days is named by no younger report.
  for (const drill of await reportsBefore(deps, scope, now.minus({ days: policy.reportDays }))) {
    const report = await readDocument(deps.vault, vaultPaths.report(scope, drill), storedReport);
    if (report !== undefined) digests.push(report.planDigest);
  }
  return new Set(digests.map((digest) => `plans/${digest}.json`));
}

/** A point is needed until it is confirmed absent, and while its last drill has a report: that names what lies with it. */
async function pointGoneBy({ deps, here, catalogue }: Around, id: string): Promise<string | undefined> {
  const point = catalogue.find((one) => one.id === id);
  if (point === undefined) return 'it cannot be read';
  if (point.tombstone?.confirmedAbsentAt === undefined) return 'it is not confirmed that it is gone';
  const drills = [point.lastDrill?.drill, point.proven?.drill].filter((drill) => drill !== undefined);
  for (const drill of drills)
    if ((await deps.vault.read(vaultPaths.report(here.scope, drill))) !== undefined)
      return `the report of ${drill} names it`;
  return undefined;
}
