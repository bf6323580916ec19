/**
 * Records of what was done, as they lie in the vault: each as old as its last writing. Young ones are known by the listing
 * alone; whether something still goes by one is looked up once it is past its days. What lies beside a report goes with
 * that; what a drill without a report left behind is a record like any other.
 */
import { daysBetween } from '../../contracts/values.ts';
import { vaultRoot } from '../../contracts/vault-paths.ts';
import { foldersRemovedBy, ownDocumentAt, type OwnDocument } from '../../policy/own-documents.ts';
import type { StoredDocument } from '../../ports/vault.ts';
import { pinsOnPoint, type Pinning } from './document-holds.ts';
import { needOf, type Needs } from './document-needs.ts';
import type { Around, Found } from './gather.ts';

/** A record with its path below the root of its system, and what it is. */
export interface RecordFound extends StoredDocument {
  readonly id: string;
  readonly of: OwnDocument;
}

export async function* gatherDocuments(around: Around): AsyncGenerator<Found> {
  const pinning = pinsOnPoint(around);
  for (const folder of foldersRemovedBy('prune', 'report')) {
    const { near } = around;
    if (near !== undefined && !near.startsWith(`${folder}/`)) continue;
    const records = await recordsIn(around, folder);
    const needs: Needs = needOf(around, records);
    for (const record of records)
      if (near === undefined || near === record.id) yield await foundOf(around, record, needs, pinning);
  }
}

async function recordsIn({ deps, here }: Around, folder: string): Promise<RecordFound[]> {
  const root = `${vaultRoot(here.scope)}/`;
  const records: RecordFound[] = [];
  for await (const stored of deps.vaultDeleter.listStored(`${root}${folder}/`)) {
    const id = stored.path.slice(root.length);
    const of = ownDocumentAt(id);
    // What nobody here writes is nobody's to remove.
    if (of !== undefined) records.push({ ...stored, id, of });
  }
  return withoutReports(records);
}

/** Leaves out what lies beside a report. */
function withoutReports(records: readonly RecordFound[]): RecordFound[] {
  const ownerOf = (id: string): string => id.split('/')[1] ?? '';
  const reported = new Set(
    records.filter(({ id }) => /^reports\/[^/]+\/report\.json$/.test(id)).map(({ id }) => ownerOf(id)),
  );
  return records.filter(({ id, of }) => of.removal.by === 'prune' || !reported.has(ownerOf(id)));
}

async function foundOf(
  { policy, now, pins }: Around,
  record: RecordFound,
  needs: Needs,
  pinning: Pinning,
): Promise<Found> {
  const isOld = daysBetween(record.writtenAt, now) > policy.reportDays;
  return {
    item: {
      ...{ kind: 'own-document', id: record.id, completedAt: record.writtenAt },
      pins: isOld ? await pinning(record.id) : pins,
      neededBy: isOld ? await needs(record) : undefined,
    },
    place: { document: { version: record.version } },
  };
}
