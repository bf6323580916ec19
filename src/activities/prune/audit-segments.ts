/**
 * Segments of the audit log that are past their days. They go from the oldest on, one by one, so that what is left is one
 * piece; each only when a checkpoint stands for all of it, and after an entry that says so: whoever verifies what is left
 * finds that entry where the log begins later than at its first one.
 */
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { firstOfSegment, removeAction, unchainedSegment } from '../../policy/audit-chain.ts';
import { newestCheckpoint } from '../audit-check.ts';
import type { Dependencies } from '../dependencies.ts';
import { auditOutcome } from '../audited.ts';
import { audit } from '../records.ts';
import type { Scoped } from '../scope.ts';
import { removeRecords, type RecordRemoval } from '../vault-remover.ts';
import type { Around } from './gather.ts';

const folder = 'audit/';

export const isAuditSegment = ({ item }: Pick<RecordRemoval, 'item'>): boolean => item.startsWith(folder);

/** The entries of a segment of those that there are; undefined of the newest, and of what is no segment of a chain. */
function entriesOf(
  name: string,
  names: readonly string[],
): { readonly from: number; readonly through: number } | undefined {
  const from = firstOfSegment(name);
  const later = names.flatMap((one) => firstOfSegment(one) ?? []).filter((first) => first > (from ?? 0));
  if (from === undefined || later.length === 0) return undefined;
  return { from, through: Math.min(...later) - 1 };
}

/** What keeps segments, by their ids; `ids` are all that there are. */
export async function segmentsGoneBy(
  { deps, here }: Around,
  ids: readonly string[],
): Promise<(id: string) => string | undefined> {
  const { checkpoint, problem } = await newestCheckpoint(deps, here.scope);
  const names = ids.map((id) => id.slice(folder.length));
  return (id) => {
    const name = id.slice(folder.length);
    if (unchainedSegment.test(name)) return undefined;
    const entries = entriesOf(name, names);
    if (entries === undefined) return 'the log goes on in it, or it is no segment';
    if (problem !== undefined) return 'the newest checkpoint of the log does not verify';
    return (checkpoint?.sequence ?? 0) < entries.through ? 'no checkpoint stands for all of it' : undefined;
  };
}

/** Removes segments in order; what stays, with why. */
export async function removeSegments(
  deps: Dependencies,
  { scope }: Pick<Scoped, 'scope'>,
  records: readonly RecordRemoval[],
): Promise<string[]> {
  const stayed: string[] = [];
  for (const record of records.toSorted((a, b) => (a.item < b.item ? -1 : 1))) {
    const names = await segmentNames(deps, vaultPaths.auditSegments(scope));
    const name = record.item.slice(folder.length);
    const from = firstOfSegment(name);
    const older = names.find((one) => from !== undefined && (firstOfSegment(one) ?? from) < from);
    if (older !== undefined) {
      stayed.push(`${record.item}: ${older}, which is older, stands`);
      continue;
    }
    const { path: target, reason } = record;
    const action = { action: removeAction, target, reason };
    const detail = { ...entriesOf(name, names) };
    const { from: intent } = await audit(deps, scope, { ...action, stage: 'intent', detail });
    const refused = await removeRecords(deps, scope, [record]);
    stayed.push(...refused);
    const end = refused[0] === undefined ? {} : { detail: { failure: refused[0] } };
    // Without the entries: what says that they go is the intent alone.
    await auditOutcome(
      deps,
      scope,
      { ...action, intent },
      { result: refused.length === 0 ? 'done' : 'failed', ...end },
    );
  }
  return stayed;
}

async function segmentNames(deps: Dependencies, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { path } of deps.segments.listSegments(prefix)) names.push(path.slice(prefix.length));
  return names;
}
