/**
 * Is an event log one log without a break? Its events are read in the order of their sequence: none is missing, none is
 * there twice, each is not earlier than those before it, and each names the hash of the one before where the log is
 * chained. It also reaches as far in both directions as when the recovery point was taken, and holds the same event at
 * that place. Pure; it goes through the log event by event and needs no memory of it.
 */

/** One event as the log holds it; what the log has no column for is undefined. */
export interface LoggedEvent {
  /** Undefined when the column holds no whole number that can be counted with. */
  readonly sequence: number | undefined;
  /** Microseconds since 1970. */
  readonly at?: bigint | undefined;
  readonly hash?: string | null | undefined;
  readonly previousHash?: string | null | undefined;
}

/** Where a log began and ended when the recovery point was taken; no ends: it was empty. */
export interface EventLogEnds {
  readonly first?: number | undefined;
  readonly last?: number | undefined;
  /** The hash of the last event, where the log has one. */
  readonly hash?: string | undefined;
}

/** How far the log was read. JSON, so that reading can go on elsewhere. */
export interface EventLogState {
  readonly events: number;
  readonly first?: number | undefined;
  readonly last?: { readonly sequence: number; readonly hash?: string | null | undefined } | undefined;
  /** The latest time of an event so far, microseconds since 1970 as a decimal. */
  readonly newestAt?: string | undefined;
}

/** What the log is held against. */
export interface EventLogRules {
  /** By how many microseconds an event may be dated before an earlier one. */
  readonly disorderMicroseconds: bigint;
  readonly isChained: boolean;
  readonly recorded: EventLogEnds;
}

export const beginningOfLog: EventLogState = { events: 0 };

/** Judges the next event; the problems are sentences that begin with the event. */
export function judgeEvent(
  state: EventLogState,
  event: LoggedEvent,
  rules: EventLogRules,
): { readonly state: EventLogState; readonly problems: readonly string[] } {
  const { sequence, at } = event;
  if (sequence === undefined)
    return {
      state: { ...state, events: state.events + 1 },
      problems: ['an event has no sequence that is a whole number'],
    };
  const newest = state.newestAt === undefined ? undefined : BigInt(state.newestAt);
  const problems = [
    ...placeProblems(state, sequence),
    ...(rules.isChained ? chainProblems(state, sequence, event) : []),
    ...timeProblems(newest, sequence, at, rules),
    ...rewritten(sequence, event, rules.recorded),
  ];
  const latest = newest === undefined || (at !== undefined && at > newest) ? at : newest;
  return {
    state: {
      events: state.events + 1,
      first: state.first ?? sequence,
      last: { sequence, ...(event.hash === undefined ? {} : { hash: event.hash }) },
      ...(latest === undefined ? {} : { newestAt: String(latest) }),
    },
    problems,
  };
}

/** Judges the log's ends once every event was read. */
export function judgeEnds(state: EventLogState, recorded: EventLogEnds): string[] {
  const problems: string[] = [];
  if (recorded.first !== undefined && (state.first ?? Number.POSITIVE_INFINITY) > recorded.first)
    problems.push(
      state.first === undefined
        ? `the log is empty; it began with ${recorded.first} when the point was taken`
        : `the log begins with ${state.first}; it began with ${recorded.first} when the point was taken`,
    );
  if (recorded.last !== undefined && state.last !== undefined && state.last.sequence < recorded.last)
    problems.push(
      `the log ends with ${state.last.sequence}; it reached ${recorded.last} when the point was taken`,
    );
  return problems;
}

function placeProblems({ last }: EventLogState, sequence: number): string[] {
  if (last === undefined || sequence === last.sequence + 1) return [];
  if (sequence <= last.sequence) return [`event ${sequence} is there more than once`];
  const missing =
    sequence === last.sequence + 2
      ? `event ${last.sequence + 1} is`
      : `events ${last.sequence + 1} to ${sequence - 1} are`;
  return [`${missing} missing`];
}

/** Over a gap the link cannot be checked; the gap is told already. */
function chainProblems({ last }: EventLogState, sequence: number, event: LoggedEvent): string[] {
  if (last === undefined || last.sequence + 1 !== sequence) return [];
  if (event.previousHash !== null && event.previousHash === last.hash) return [];
  return [`event ${sequence} does not name the hash of event ${last.sequence}`];
}

function timeProblems(
  newest: bigint | undefined,
  sequence: number,
  at: bigint | undefined,
  { disorderMicroseconds }: EventLogRules,
): string[] {
  if (newest === undefined || at === undefined || at + disorderMicroseconds >= newest) return [];
  return [`event ${sequence} is dated ${isoOf(at)}, before an earlier one of ${isoOf(newest)}`];
}

function rewritten(sequence: number, event: LoggedEvent, recorded: EventLogEnds): string[] {
  if (sequence !== recorded.last || recorded.hash === undefined || event.hash === recorded.hash) return [];
  return [`event ${sequence} is not the one that stood there when the point was taken`];
}

const isoOf = (microseconds: bigint): string => new Date(Number(microseconds / 1_000n)).toISOString();
