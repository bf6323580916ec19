/** Is this the point that was asked for? The marker that was committed just before the instant must be there. */
import type { Check } from './check.ts';
import { answerByFindings, recordedIn } from './check.ts';

export const instantCheck: Check = {
  id: 'instant',
  title: 'The data is of the instant asked for',
  needsRecord: true,
  async run(context) {
    const { deps, at } = context;
    const { fingerprint } = recordedIn(context);
    const [row] = await deps.databases.withSession(at, (session) =>
      session.query('SELECT count(*) AS found FROM lifeboat.marker WHERE id = $1', [fingerprint.marker]),
    );
    const findings =
      row?.['found'] === '1'
        ? []
        : [`the marker written just before ${fingerprint.instant} is not there: this is an earlier point`];
    return answerByFindings(`the marker of ${fingerprint.instant}`, 'it is there', findings, {});
  },
};
