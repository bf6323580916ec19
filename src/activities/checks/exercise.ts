/** What became of the rows that the drill wrote and harmed before it restored: they are the witness of the instant. */
import { exerciseDocument } from '../../contracts/exercise.ts';
import { instantOf } from '../../contracts/values.ts';
import { poisonedRows, problemsBeforeHarm, problemsOfPoison, type FoundRow } from '../../policy/exercise.ts';
import { Failure } from '../../policy/failure.ts';
import { DatabaseError, type DatabaseAddress } from '../../ports/database.ts';
import type { Dependencies } from '../dependencies.ts';
import { readExercise } from '../exercise.ts';
import { serverHere } from '../scope.ts';
import { answerByFindings, type Check, type CheckAnswer, type CheckContext } from './check.ts';

const rowsSql = `
  SELECT item, content, digest, floor(extract(epoch FROM written_at) * 1000)::bigint AS written_at
  FROM lifeboat.exercise WHERE run = $1 ORDER BY item`;

type Played = (typeof exerciseDocument)['_output']['databases'][number];

export const exerciseCheck: Check = {
  id: 'exercise',
  title: 'The rows of the exercise are what they were before it struck',
  async run(context) {
    const { drill, played } = await playedIn(context);
    const isWalk = 'scenario' in context.plan && context.plan.scenario === 'ransomware';
    const found = await foundRows(context, drill).catch((thrown: unknown) => {
      // A point from before the database was prepared for exercises holds no such table.
      if (isWalk && thrown instanceof DatabaseError && thrown.sqlState === '42P01') return [];
      throw thrown;
    });
    if (isWalk) return ofPoison(found);
    const newest = Math.max(...found.filter(({ item }) => item > 0).map((row) => row.writtenAtMilliseconds));
    const struckAt = instantOf(played.struckAt).toMillis();
    const before = Number.isFinite(newest) ? struckAt - newest : undefined;
    const { expected, actual, harm } = wordsOf(context, played, before);
    const noticed = await noticedInSource(context, drill);
    const findings = [...problemsBeforeHarm(drill, found, harm), ...(noticed?.problems ?? [])];
    return answerByFindings(expected, actual, findings, {
      ...(noticed === undefined ? {} : { corruptedInSource: noticed.rows }),
      rows: found.filter(({ item }) => item > 0).length,
      restoredMillisecondsBefore: struckAt - instantOf(context.instant).toMillis(),
      ...(before === undefined ? {} : { newestRowMillisecondsBefore: before }),
    });
  },
};

/** Of corruption: what the rows of the source say of themselves. Nobody restores what nobody noticed. */
async function noticedInSource(
  { deps, plan, database }: CheckContext,
  drill: string,
): Promise<{ readonly rows: number; readonly problems: string[] } | undefined> {
  if (!('scenario' in plan) || plan.scenario !== 'corruption') return undefined;
  const { address } = await serverHere(deps, database.server);
  const rows = await rowsAt(deps, { address: address ?? '', name: database.name }, drill);
  const wrong = poisonedRows(rows).length;
  const none = 'no row of the source gives itself away: nobody would have noticed';
  return { rows: wrong, problems: wrong > 0 ? [] : [none] };
}

/** What is expected and what was found, in the words of what was played. */
function wordsOf(
  { plan }: CheckContext,
  { rows, struckAt }: Played,
  before: number | undefined,
): { expected: string; actual: string; harm?: string } {
  if ('scenario' in plan && plan.scenario === 'corruption')
    return {
      expected: `the ${rows} rows that were corrupted at ${struckAt}, as they were before, and the damage told by their digests in the source`,
      actual: `all ${rows} are as they were, and in the source each gives itself away; the last was written ${before} ms before it`,
      harm: 'corruption',
    };
  const lost = 'drill' in plan ? plan.lost : undefined;
  if (lost !== undefined)
    return {
      expected: `the ${rows} rows that were written by ${struckAt} into the server that was dropped at ${lost.droppedAt}`,
      actual: `all ${rows} are there; the last was written ${before} ms before ${struckAt}`,
    };
  return {
    expected: `the ${rows} rows that were deleted at ${struckAt}, and no sign of the deletion`,
    actual: `all ${rows} are there and the deletion is not; the last was written ${before} ms before it`,
  };
}

/** Whatever point it is of: no row is there that is not what its own digest says. */
function ofPoison(found: readonly FoundRow[]): CheckAnswer {
  const rows = found.filter(({ item }) => item > 0).length;
  return answerByFindings(
    'no row of the exercise that is not what its own digest says',
    rows === 0 ? 'none of its rows is there: the data are older' : `${rows} rows, each what its digest says`,
    problemsOfPoison(found),
    { rows },
  );
}

async function playedIn({
  deps,
  here,
  plan,
  database,
}: CheckContext): Promise<{ drill: string; played: Played }> {
  if ('drill' in plan && plan.exercise !== undefined) {
    const { databases } = await readExercise(deps, here.scope, plan.drill, plan.exercise);
    const played = databases.find((one) => one.database === database.id);
    if (played !== undefined) return { drill: plan.drill, played };
  }
  throw new Failure(
    'refused',
    `nothing was played in ${database.id}`,
    'The plan was made by another version; plan the drill again.',
  );
}

const foundRows = ({ deps, at }: CheckContext, drill: string): Promise<FoundRow[]> => rowsAt(deps, at, drill);

async function rowsAt(deps: Dependencies, at: DatabaseAddress, drill: string): Promise<FoundRow[]> {
  const rows = await deps.databases.withSession(at, (session) => session.query(rowsSql, [drill]));
  return rows.map((row) => ({
    ...{ item: Number(row['item']), content: row['content'] ?? '', digest: row['digest'] ?? '' },
    writtenAtMilliseconds: Number(row['written_at']),
  }));
}
