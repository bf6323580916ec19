/** How recent is the restored data? Its newest heartbeat says, and nothing else. */
import { DateTime } from 'luxon';
import { instantOf, isoOf } from '../../contracts/values.ts';
import { safetyMargins } from '../../policy/safety-margins.ts';
import type { Check, CheckAnswer, CheckContext } from './check.ts';

const newestSql =
  'SELECT floor(extract(epoch FROM max(written_at)) * 1000)::bigint AS newest, count(*) AS beats FROM lifeboat.heartbeat';

export const heartbeatCheck: Check = {
  id: 'heartbeat',
  title: 'The newest heartbeat is there',
  async run(context) {
    const [row] = await context.deps.databases.withSession(context.at, (session) => session.query(newestSql));
    const newest = row?.['newest'];
    return judge(
      context,
      newest === null || newest === undefined
        ? undefined
        : DateTime.fromMillis(Number(newest), { zone: 'utc' }),
      Number(row?.['beats'] ?? 0),
    );
  },
};

function judge(
  { instant, recorded: at, plan, database }: CheckContext,
  newest: DateTime | undefined,
  beats: number,
): CheckAnswer {
  const restoredTo = instantOf(instant);
  // How far it was replicated nobody asks for: it is what is measured.
  const isReplica = plan.targets.some((one) => one.database === database.id && one.mode === 'geo');
  const recorded = at?.fingerprint.newestHeartbeat;
  const expected =
    recorded === undefined
      ? isReplica
        ? 'a heartbeat, as recent as the replication brought it'
        : `a heartbeat at or before ${instant}`
      : `the heartbeat of ${recorded}, the newest at ${instant}`;
  const answer = (status: CheckAnswer['status'], actual: string, findings: string[] = []): CheckAnswer => ({
    ...{ status, expected, actual, findings },
    measured: {
      beats,
      ...(newest === undefined ? {} : { ageAtInstantSeconds: restoredTo.diff(newest).as('seconds') }),
    },
    ...(newest === undefined ? {} : { newestHeartbeat: isoOf(newest) }),
  });
  if (newest === undefined)
    return answer('failed', 'the restored database holds no heartbeat', [
      'the restored database holds no heartbeat: how recent it is cannot be said',
    ]);
  if (isReplica) return answer('passed', `the newest is of ${isoOf(newest)}`);
  if (newest > restoredTo)
    return answer('failed', `a heartbeat of ${isoOf(newest)}, after the instant`, [
      `a heartbeat of ${isoOf(newest)} is later than the instant restored to: this is another point`,
    ]);
  if (recorded !== undefined && newest < instantOf(recorded))
    return answer('failed', `the newest is of ${isoOf(newest)}`, [
      `the newest heartbeat is of ${isoOf(newest)}, but ${recorded} was there at the instant: writes are missing`,
    ]);
  if (restoredTo.diff(newest).as('seconds') > safetyMargins.heartbeatStaleAfterSeconds)
    return answer('inconclusive', `the newest is of ${isoOf(newest)}: the source's own heartbeat was silent`);
  return answer('passed', `the newest is of ${isoOf(newest)}`);
}
