/**
 * Plays a disaster with rows of Lifeboat's own: known rows are written into `lifeboat.exercise` of every database, and
 * later harmed, by one statement that leaves a mark with its own instant. Whoever comes second finds the mark and does
 * nothing more; what stands in the vault is what was done first. Rows of the system itself are never touched.
 */
import { DateTime } from 'luxon';
import type { EstateDatabase } from '../contracts/estate.ts';
import {
  exerciseDocument,
  strikeExercise,
  writeExercise,
  type ExerciseDocument,
  type ExerciseHarm,
} from '../contracts/exercise.ts';
import { isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { digestOf } from '../policy/canonical-json.ts';
import { expectedRows, firstRows, lastRow, type ExerciseRow } from '../policy/exercise.ts';
import { Failure } from '../policy/failure.ts';
import { secondsOf } from '../policy/objectives.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import type { DatabaseSession } from '../ports/database.ts';
import { implement, type Activity } from './activity.ts';
import { audited } from './audited.ts';
import type { Dependencies } from './dependencies.ts';
import { scoped, serverHere } from './scope.ts';
import { createOrRead, needDocument, readDocument } from './vault-documents.ts';

const trim =
  'DELETE FROM lifeboat.exercise WHERE run <> $1 AND written_at < clock_timestamp() - make_interval(secs => $2)';
// Never after the mark: a start that was held up on its way would write into what was struck.
export const insertRows = `
  INSERT INTO lifeboat.exercise (run, item, content, digest)
  SELECT $1, item, content, digest FROM json_to_recordset($2::json) AS r (item int, content text, digest text)
  WHERE NOT EXISTS (SELECT FROM lifeboat.exercise WHERE run = $1 AND item = 0)
  ON CONFLICT (run, item) DO NOTHING`;
// The mark is item 0: its instant lies before that of the commit, so what is restored to just before it holds no harm.
const mark = `
  INSERT INTO lifeboat.exercise (run, item, content, digest)
  SELECT $1, 0, coalesce(floor(extract(epoch FROM max(written_at)) * 1000)::bigint, 0)::text, $2
  FROM lifeboat.exercise WHERE run = $1 AND item > 0
  ON CONFLICT (run, item) DO NOTHING`;
const strike: Record<ExerciseHarm, string> = {
  deleted: `WITH harmed AS (DELETE FROM lifeboat.exercise WHERE run = $1 AND item > 0) ${mark}`,
  // Each row keeps the digest of what it held, which is no longer true of it.
  overwritten: `WITH harmed AS (UPDATE lifeboat.exercise SET content = md5(content) WHERE run = $1 AND item > 0
    AND NOT EXISTS (SELECT FROM lifeboat.exercise WHERE run = $1 AND item = 0)) ${mark}`,
};
const readMark = `
  SELECT content AS last_written_at, floor(extract(epoch FROM written_at) * 1000)::bigint AS struck_at,
    floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint + 1 AS after
  FROM lifeboat.exercise WHERE run = $1 AND item = 0`;

export function exerciseActivities(deps: Dependencies): Activity[] {
  return [
    implement(writeExercise, async ({ slot, ...scope }) => {
      const { region } = scoped(deps, scope);
      const drill = `drill-${slot}`;
      await audited(deps, scope, { action: 'write-exercise', target: drill }, async () => {
        for (const database of region.databases)
          await inDatabase(deps, database, async (session) => {
            await session.query(trim, [drill, safetyMargins.exerciseRowsKeptSeconds]);
            await session.query(insertRows, rowsOf(drill, firstRows(drill)));
          });
      });
      return { rows: firstRows(drill).length };
    }),

    implement(strikeExercise, async ({ slot, harm, ...scope }) => {
      const { region } = scoped(deps, scope);
      const drill = `drill-${slot}`;
      const document =
        (await readDocument(deps.vault, vaultPaths.exercise(scope, drill), exerciseDocument)) ??
        (await struck(deps, scope, { drill, harm, databases: region.databases }));
      return {
        exercise: digestOf(document),
        struckAt: document.databases.map((one) => one.struckAt).toSorted()[0] ?? '',
        restorableAfterSeconds: secondsOf(region.drill.restorableAfter),
      };
    }),
  ];
}

const rowsOf = (drill: string, rows: readonly ExerciseRow[]): string[] => [drill, JSON.stringify(rows)];

async function struck(
  deps: Dependencies,
  scope: Scope,
  order: {
    readonly drill: string;
    readonly harm: ExerciseHarm;
    readonly databases: readonly EstateDatabase[];
  },
): Promise<ExerciseDocument> {
  const { drill, harm, databases } = order;
  const marks: ({ readonly database: string } & Awaited<ReturnType<typeof strikeIn>>)[] = [];
  await audited(deps, scope, { action: 'strike-exercise', target: drill, detail: { harm } }, async () => {
    for (const database of databases)
      marks.push({
        database: database.id,
        ...(await inDatabase(deps, database, (one) => strikeIn(one, order))),
      });
  });
  return createOrRead(deps.vault, vaultPaths.exercise(scope, drill), exerciseDocument, {
    ...{ schema: 'lifeboat/exercise/v1', drill, harm },
    databases: marks.map((one) => ({ ...one, ...expectedRows(drill) })),
  });
}

async function strikeIn(
  session: DatabaseSession,
  { drill, harm }: { readonly drill: string; readonly harm: ExerciseHarm },
): Promise<{ lastWrittenAt: string; struckAt: string; before: string; after: string }> {
  await session.query(insertRows, rowsOf(drill, [lastRow(drill)]));
  // The instant before lies in another millisecond than the commit of the last row.
  await session.query('SELECT pg_sleep(0.005)');
  await session.query(strike[harm], [drill, harm]);
  const [row] = await session.query(readMark, [drill]);
  const at = (milliseconds: unknown): DateTime => DateTime.fromMillis(Number(milliseconds), { zone: 'utc' });
  const struckAt = at(row?.['struck_at']);
  return {
    lastWrittenAt: isoOf(at(row?.['last_written_at'])),
    struckAt: isoOf(struckAt),
    before: isoOf(struckAt.minus({ milliseconds: 1 })),
    after: isoOf(at(row?.['after'])),
  };
}

async function inDatabase<T>(
  deps: Dependencies,
  { server, name }: EstateDatabase,
  work: (session: DatabaseSession) => Promise<T>,
): Promise<T> {
  const { address } = await serverHere(deps, server);
  return deps.databases.withSession({ address: address ?? '', name }, work);
}

/** What was played, as it stands in the vault; throws `bad-document` if it is another than the plan was made by. */
export async function readExercise(
  deps: Dependencies,
  scope: Scope,
  drill: string,
  digest: string,
): Promise<ExerciseDocument> {
  const path = vaultPaths.exercise(scope, drill);
  const document = await needDocument(deps.vault, path, exerciseDocument);
  if (digestOf(document) === digest) return document;
  throw new Failure(
    'bad-document',
    `${path} is not what ${drill} was planned by`,
    'It was changed outside Lifeboat: drill again and look at who changed it.',
  );
}
