/** Claims of slots that somebody goes by, however old: the freshness of a rare schedule, and what looks for the run at work. */
import type { DateTime } from 'luxon';
import { stampOf } from '../../policy/identifiers.ts';
import { previousSlot, type Schedule } from '../../policy/schedule.ts';
import { approvedScope } from '../approved-scope.ts';
import type { Around } from './gather.ts';
import type { RecordFound } from './gather-documents.ts';

/** More than are looked at for the run at work. */
const newestOfKind = 20;

export async function claimsGoneBy(
  { deps, here, now }: Around,
  claims: readonly RecordFound[],
): Promise<ReadonlySet<string>> {
  const { schedules } = (await approvedScope(deps, here.scope)).system;
  const kept = new Set<string>();
  for (const [kind, own] of Map.groupBy(claims, ({ id }) => partsOf(id).kind)) {
    const schedule = (schedules as Readonly<Record<string, Schedule>>)[kind];
    const from = schedule === undefined ? undefined : judgedFrom(schedule, now);
    const inOrder = own.map(({ id }) => id).toSorted();
    for (const id of inOrder.slice(-newestOfKind)) kept.add(id);
    for (const id of inOrder) if (from !== undefined && partsOf(id).stamp >= from) kept.add(id);
  }
  return kept;
}

/** `slots/{kind}-{stamp}.json`. */
function partsOf(id: string): { readonly kind: string; readonly stamp: string } {
  const name = id.slice(id.lastIndexOf('/') + 1, -'.json'.length);
  const at = name.lastIndexOf('-');
  return { kind: name.slice(0, at), stamp: name.slice(at + 1) };
}

/** The slot before the newest: while that one is due, the one before it is judged by every claim since. */
function judgedFrom(schedule: Schedule, now: DateTime): string | undefined {
  const newest = previousSlot(schedule, now);
  const before = newest === undefined ? undefined : previousSlot(schedule, newest.minus(1));
  const from = before ?? newest;
  return from === undefined ? undefined : stampOf(from);
}
