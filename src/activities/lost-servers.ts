/**
 * Servers of Lifeboat's own that a drill makes to lose them: known rows are written into each, the provider must hold a
 * backup of it, then it is dropped as every server of a drill is removed. The protected servers are only asked what could
 * not be revived of them.
 */
import { DateTime } from 'luxon';
import { drillPlan, type DrillPlan } from '../contracts/documents.ts';
import { awaitFirstBackup, type PlanDrillOrder } from '../contracts/drill.ts';
import { exerciseDocument, writeLastRows, type ExerciseDocument } from '../contracts/exercise.ts';
import type { OperationStart } from '../contracts/operations.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { digestOf } from '../policy/canonical-json.ts';
import { expectedRows, firstRows, lastRow } from '../policy/exercise.ts';
import { secondsOf } from '../policy/objectives.ts';
import { notRevivable } from '../policy/server-loss.ts';
import type { DatabaseSession } from '../ports/database.ts';
import { implement, type Activity } from './activity.ts';
import { audited } from './audited.ts';
import type { Dependencies } from './dependencies.ts';
import { insertRows } from './exercise.ts';
import { upsertHeartbeat } from './heartbeat.ts';
import { targetOf } from './played-plan.ts';
import { readCatalogue, usablePoints } from './points.ts';
import { scoped, serverHere, type Scoped } from './scope.ts';
import { createOrRead, needDocument, readDocument } from './vault-documents.ts';

// The instant after the last row lies in a later millisecond than its commit.
const readLast = `
  SELECT floor(extract(epoch FROM max(written_at)) * 1000)::bigint AS last_written_at,
    floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint + 1 AS after
  FROM lifeboat.exercise WHERE run = $1 AND item > 0`;

export function lostServerActivities(deps: Dependencies): Activity[] {
  return [
    implement(awaitFirstBackup, async (on): Promise<OperationStart> => {
      scoped(deps, on);
      const plan = await needDocument(deps.vault, vaultPaths.plan(on, on.plan), drillPlan);
      const { target } = targetOf(plan, on.database);
      const held = (await deps.servers.listBackups(target)).find(({ kind }) => kind === 'automatic');
      if (held !== undefined) return { state: 'done', detail: held.name };
      const acceptedAt = isoOf(deps.clock.now());
      return { state: 'running', operation: { kind: 'first-backup', server: target, acceptedAt } };
    }),

    implement(writeLastRows, async ({ plan: digest, ...scope }) => {
      const { region } = scoped(deps, scope);
      const plan = await needDocument(deps.vault, vaultPaths.plan(scope, digest), drillPlan);
      const document =
        (await readDocument(deps.vault, vaultPaths.exercise(scope, plan.drill), exerciseDocument)) ??
        (await written(deps, scope, plan));
      return {
        exercise: digestOf(document),
        rows: document.databases.reduce((sum, { rows }) => sum + rows, 0),
        lastInstant: document.databases.map(({ after }) => after).toSorted()[0] ?? '',
        restorableAfterSeconds: secondsOf(region.drill.restorableAfter),
      };
    }),
  ];
}

async function written(deps: Dependencies, scope: Scope, plan: DrillPlan): Promise<ExerciseDocument> {
  const { drill } = plan;
  const servers = plan.targets.map(({ target }) => target);
  const databases: ExerciseDocument['databases'] = [];
  await audited(deps, scope, { action: 'write-exercise', target: drill, detail: { servers } }, async () => {
    for (const { database, target, name } of plan.targets) {
      const { address } = await serverHere(deps, target);
      const at = await deps.databases.withSession({ address: address ?? '', name }, (session) =>
        writeInto(session, drill, deps.actor),
      );
      databases.push({ database, ...expectedRows(drill), ...at });
    }
  });
  return createOrRead(deps.vault, vaultPaths.exercise(scope, drill), exerciseDocument, {
    ...{ schema: 'lifeboat/exercise/v1', drill, harm: 'dropped', databases },
  });
}

async function writeInto(
  session: DatabaseSession,
  drill: string,
  actor: string,
): Promise<Record<'lastWrittenAt' | 'struckAt' | 'before' | 'after', string>> {
  await session.query(insertRows, [drill, JSON.stringify([...firstRows(drill), lastRow(drill)])]);
  await session.query(upsertHeartbeat, [actor]);
  await session.query('SELECT pg_sleep(0.005)');
  const [row] = await session.query(readLast, [drill]);
  const at = (milliseconds: unknown): string =>
    isoOf(DateTime.fromMillis(Number(milliseconds), { zone: 'utc' }));
  const after = at(row?.['after']);
  return { lastWrittenAt: at(row?.['last_written_at']), struckAt: after, before: after, after };
}

/** What a plan that revives says of the loss: what was dropped, and what of the protected servers could not be revived. */
export async function lostOf(
  deps: Dependencies,
  { scope, region }: Scoped,
  { plan, droppedAt }: NonNullable<PlanDrillOrder['lost']>,
): Promise<NonNullable<DrillPlan['lost']>> {
  const points = usablePoints(await readCatalogue(deps, scope), deps.clock.now());
  const sentences: string[] = [];
  for (const server of new Set(region.databases.map((one) => one.server))) {
    const { earliestRestore } = await serverHere(deps, server);
    const backups = await deps.servers.listBackups(server);
    const onIt = points.flatMap(({ id, databases }) =>
      databases
        .filter((one) => one.server === server)
        .map(({ instant }) => ({ id, instant: instantOf(instant) })),
    );
    const onDemand = backups.filter(({ kind }) => kind === 'on-demand').map(({ name }) => name);
    sentences.push(...notRevivable({ server, earliestRestore, onDemand, points: onIt }));
  }
  return { plan, droppedAt, notRevivable: sentences };
}
