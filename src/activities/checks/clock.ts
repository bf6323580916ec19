/**
 * Can the instants of this drill be compared at all? This host's clock, storage's, the resource manager's and the
 * restored database's must agree: RPO and RTO are differences between them.
 */
import { DateTime } from 'luxon';
import { clockDoubt, type ClockOffset } from '../../policy/clock-trust.ts';
import { safetyMargins } from '../../policy/safety-margins.ts';
import type { Check, CheckContext } from './check.ts';

export const clockCheck: Check = {
  id: 'clock',
  title: 'The clocks agree',
  async run(context) {
    const offsets = [...(await context.deps.referenceClocks.offsets()), await databaseOffset(context)];
    const doubt = clockDoubt(offsets);
    const unasked = offsets.some((one) => one.seconds === undefined);
    const measured = Object.fromEntries(
      offsets.flatMap((one) =>
        one.seconds === undefined ? [] : [[one.source, Math.round(one.seconds * 10) / 10]],
      ),
    );
    return {
      status: doubt === undefined ? 'passed' : unasked ? 'inconclusive' : 'failed',
      expected: `every clock within ${safetyMargins.clockToleranceMinutes} minutes of this host's`,
      actual: doubt ?? offsets.map((one) => `${one.source} ${(one.seconds ?? 0).toFixed(1)} s`).join(', '),
      findings:
        doubt === undefined || unasked ? [] : [`${doubt}: the RPO and RTO measured are not to be trusted`],
      measured,
    };
  },
};

async function databaseOffset({ deps, at }: CheckContext): Promise<ClockOffset> {
  const [row] = await deps.databases.withSession(at, (session) =>
    session.query('SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now'),
  );
  const now = DateTime.fromMillis(Number(row?.['now']), { zone: 'utc' });
  return { source: 'database', seconds: now.diff(deps.clock.now()).as('seconds') };
}
