/** One portion of a table's way into the side schema: it is copied, then compared, then told of. */
import {
  restoreTable,
  type TableOutcome,
  type TableRun,
  type TableState,
} from '../../contracts/restore-tables.ts';
import { Failure } from '../../policy/failure.ts';
import type { TableFingerprint } from '../../policy/fingerprint.ts';
import { safetyMargins } from '../../policy/safety-margins.ts';
import { sideTable, takeOverSql, type TakeOver } from '../../policy/side-schema.ts';
import type { BlockRange } from '../../policy/table-parts.ts';
import { tableShare } from '../../policy/time-left.ts';
import type { DatabaseSession } from '../../ports/database.ts';
import { implement, type Activity } from '../activity.ts';
import { walkRelations, type Stretch } from '../checks/relation-walk.ts';
import type { Dependencies } from '../dependencies.ts';
import { quotedTable } from '../sql-text.ts';
import { pinTextForms, sumOver } from '../table-fingerprints.ts';
import { copyTable, type CopiedTable } from './copy.ts';
import { describeTable, type TableDescription } from './describe.ts';
import { cancelledBy, mustBeOurs, restoredAddress, sourceAddress, tableRestore } from './here.ts';
import { leftOutOf } from './structure.ts';

type Compared = Extract<TableState, { phase: 'compare' }>;
type Summed = Compared['side'];

export function restoreTableActivity(deps: Dependencies): Activity {
  return implement(restoreTable, async ({ table, state, ...on }): Promise<TableRun> => {
    const of = await tableRestore(deps, on);
    if (of.tables.chosen.every((one) => one.table !== table))
      throw new Failure('refused', `${table} is not in the plan of ${of.restore}`, 'Nothing was copied.');
    const by = await cancelledBy(deps, of);
    if (by !== undefined) return { cancelledBy: by };
    const from = deps.clock.monotonicMilliseconds();
    const timeIsUp = (): boolean =>
      deps.clock.monotonicMilliseconds() - from >= safetyMargins.checkPortionSeconds * 1000;
    const [restoredAt, sourceAt] = [await restoredAddress(deps, of), await sourceAddress(deps, of)];
    return deps.databases.withSession(restoredAt, (restored) =>
      deps.databases.withSession(sourceAt, async (source) => {
        await noticeLoss(source);
        const copied = { of, table, restored, source, timeIsUp };
        return state.phase === 'copy' ? copy(copied) : compare(copied, state);
      }),
    );
  });
}

/** The server lets go of a session whose app died within a minute or two, so that the step can be done again. */
const noticeLoss = (source: DatabaseSession): Promise<unknown> =>
  source.query(
    'SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3',
  );

async function copy(copied: CopiedTable): Promise<TableRun> {
  const done = await copyTable(copied);
  if ('share' in done) return { goesOn: { phase: 'copy' }, share: done.share };
  return {
    share: tableShare('copy', 1, 1),
    goesOn: {
      ...{ phase: 'compare', leftOut: leftOutOf(done.description), problems: [...done.problems] },
      ...{ takeOver: await takeOver(copied, done.description), restored: {}, side: {} },
    },
  };
}

/** How its rows are taken over into the table that the source has now. */
async function takeOver(
  { of, table, source }: CopiedTable,
  { columns: carried }: TableDescription,
): Promise<TakeOver[]> {
  await source.query('BEGIN READ ONLY');
  const standing = await describeTable(source, table);
  await source.query('COMMIT');
  return takeOverSql(of.tables.schema, table, standing && tableToFill(table, standing, carried));
}

/** A table of the source as rows are taken over into it; of the columns those that were carried, where that is known. */
export function tableToFill(
  table: string,
  { columns, parts }: TableDescription,
  carried: readonly { readonly name: string }[] = columns,
): Parameters<typeof takeOverSql>[2] {
  const both = columns.filter(
    ({ name, isGenerated }) => !isGenerated && carried.some((one) => one.name === name),
  );
  const names = both.map(({ name }) => name);
  const key = parts.find(({ kind }) => kind === 'primary key')?.columns ?? [];
  return {
    ...{ table, columns: names, isNumbered: both.some(({ identity }) => identity === 'a') },
    key: key.every((name) => names.includes(name)) ? key : [],
  };
}

/**
 * Sums up both sides, as far as the time goes; the verdict once both are through. Rows are summed by their text: what else a
 * value is made of, such as the number of an enumeration's word, may differ between two databases.
 */
async function compare(copied: CopiedTable, state: Compared): Promise<TableRun> {
  const { of, table, restored, source, timeIsUp } = copied;
  await mustBeOurs(source, of);
  const theirs = { table, name: quotedTable(table) };
  const { share: shareThere, ...there } = await sumUp(restored, theirs, state.restored, timeIsUp);
  if (there.at !== undefined)
    return { goesOn: { ...state, restored: there }, share: tableShare('sum restored', shareThere, 1) };
  const side = sideTable(of.tables.schema, table);
  const sideName = `${of.tables.schema}.${table.split('.').at(-1) ?? ''}`;
  const ours = { table: sideName, name: side };
  const { share, ...here } = await sumUp(source, ours, state.side, timeIsUp);
  if (here.at !== undefined)
    return { goesOn: { ...state, restored: there, side: here }, share: tableShare('sum copy', share, 1) };
  return { ended: outcomeOf(table, state, { there, here }) };
}

/** `share`: how much of the table is summed up. */
async function sumUp(
  session: DatabaseSession,
  { table, name }: { readonly table: string; readonly name: string },
  from: Summed,
  timeIsUp: () => boolean,
): Promise<Summed & { readonly share: number }> {
  if (from.sum !== undefined && from.at === undefined) return { ...from, share: 1 };
  await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const described = await describeTable(session, table);
  if (described === undefined)
    throw new Failure('not-found', `${table} is gone`, 'Find out who removed it, and plan again.');
  await pinTextForms(session);
  let { sum } = from;
  const relation = { key: table, name, blocks: described.blocks };
  const walk = { timeIsUp, blocksAtOnce: safetyMargins.checkedBlocksAtOnce };
  const at = await walkRelations(walk, [relation], from.at, async (one, stretch) => {
    sum = plus(sum, await sumOver(session, one.name, 'text', rangeOf(one, stretch)));
  });
  const share = at === undefined ? 1 : at.block / described.blocks;
  return { share, ...(at === undefined ? {} : { at }), ...(sum === undefined ? {} : { sum }) };
}

/** The last stretch is read to the end of the table, wherever that is. */
const rangeOf = (
  { blocks }: { readonly blocks: number },
  stretch: Stretch | undefined,
): BlockRange | undefined =>
  stretch && { first: stretch.first, end: stretch.last + 1 < blocks ? stretch.last + 1 : undefined };

const plus = (one: TableFingerprint | undefined, other: TableFingerprint): TableFingerprint =>
  one === undefined
    ? other
    : {
        ...other,
        rows: one.rows + other.rows,
        checksum: String(BigInt(one.checksum) + BigInt(other.checksum)),
      };

function outcomeOf(
  table: string,
  { leftOut, problems, takeOver: how }: Compared,
  { there, here }: { readonly there: Summed; readonly here: Summed },
): TableOutcome {
  const [wanted, found] = [there.sum, here.sum];
  const isEqual = wanted !== undefined && wanted.rows === found?.rows && wanted.checksum === found.checksum;
  const rows = found?.rows ?? 0;
  const about = { table, rows, checksum: found?.checksum ?? '', leftOut, problems };
  if (isEqual) return { ...about, outcome: 'equal', detail: `${rows} rows, each as restored`, takeOver: how };
  const detail = `${wanted?.rows ?? 0} rows were restored (sum ${wanted?.checksum ?? '–'}), the copy has ${rows} (sum ${found?.checksum ?? '–'})`;
  return { ...about, outcome: 'different', detail, takeOver: [] };
}
