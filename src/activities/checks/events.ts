/**
 * Is the event log one log without a break, as far as it reached when the point was taken? Every event is read, in
 * portions where there are many.
 */
import { eventsState, type EventsState } from '../../contracts/check-states.ts';
import type { EventLogSource } from '../../contracts/event-log.ts';
import { beginningOfLog, judgeEnds, judgeEvent, type EventLogRules } from '../../policy/event-log.ts';
import { secondsOf } from '../../policy/objectives.ts';
import type { DatabaseSession } from '../../ports/database.ts';
import { countUnnumbered, readEvents } from '../event-log.ts';
import { answerByFindings, checkInPortions, type CheckAnswer, type CheckContext } from './check.ts';
import { Findings, noFindings } from './findings.ts';

export const eventsCheck = checkInPortions<EventsState>({
  id: 'events',
  title: 'The event log has no break',
  state: eventsState,
  begin: () => Promise.resolve({ log: beginningOfLog, atLast: 0, findings: noFindings }),
  async run(context, from) {
    const source = context.database.eventLog;
    const recorded = context.recorded === undefined ? {} : context.recorded.fingerprint.eventLog;
    if (source === undefined || recorded === undefined) return notRecorded;
    const rules: EventLogRules = {
      disorderMicroseconds: BigInt(
        Math.round((source.disorder === undefined ? 0 : secondsOf(source.disorder)) * 1_000_000),
      ),
      isChained: source.columns.previousHash !== undefined,
      recorded,
    };
    return context.deps.databases.withSession(context.at, async (session) => {
      await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const { isOver, ...reached } = await readOn(context, session, source, rules, from);
      if (!isOver) return { next: reached };
      const unnumbered = await countUnnumbered(session, source);
      await session.query('COMMIT');
      return answerOf(source, rules, reached, unnumbered);
    });
  },
});

const notRecorded: CheckAnswer = {
  status: 'inconclusive',
  expected: 'the ends of the event log, recorded with the point',
  actual: 'the point was taken before the estate named the event log: drill a newer one',
  findings: [],
  measured: {},
};

/** Reads and judges until the log or the time is over. */
async function readOn(
  { timeIsUp }: CheckContext,
  session: DatabaseSession,
  source: EventLogSource,
  rules: EventLogRules,
  from: EventsState,
): Promise<EventsState & { isOver: boolean }> {
  const findings = new Findings(from.findings);
  let { log, atLast } = from;
  let toPass = atLast;
  for await (const events of readEvents(session, source, log.last?.sequence)) {
    for (const event of events.slice(Math.min(toPass, events.length))) {
      const judged = judgeEvent(log, event, rules);
      atLast = judged.state.last?.sequence === log.last?.sequence ? atLast + 1 : 1;
      log = judged.state;
      findings.add(...judged.problems.map((problem) => `${source.table}: ${problem}`));
    }
    // A portion in which nothing new was read would be followed by another such one.
    const isNew = toPass < events.length;
    toPass = Math.max(0, toPass - events.length);
    if (isNew && timeIsUp()) return { log, atLast, findings: findings.result, isOver: false };
  }
  return { log, atLast, findings: findings.result, isOver: true };
}

function answerOf(
  { table }: EventLogSource,
  { isChained, recorded }: EventLogRules,
  { log, findings }: EventsState,
  unnumbered: number,
): CheckAnswer {
  const all = new Findings(findings);
  all.add(...judgeEnds(log, recorded).map((problem) => `${table}: ${problem}`));
  if (unnumbered > 0) all.add(`${table}: ${unnumbered} event(s) have no sequence`);
  const reach =
    recorded.last === undefined ? 'which was empty' : `from ${recorded.first} to ${recorded.last} at least`;
  return answerByFindings(
    `${table}, ${reach}: no event missing, double or out of order${isChained ? ', each with the hash of the one before' : ''}`,
    log.last === undefined ? 'it is empty' : `${log.events} events from ${log.first} to ${log.last.sequence}`,
    all.result,
    { events: log.events, ...(log.last === undefined ? {} : { last: log.last.sequence }) },
  );
}
