/**
 * Decides what the plan of a person's restore says, over what was gathered: the steps, what is kept meanwhile, what will
 * be lost, how long it should take, what it costs and who must approve. Nothing is guessed: a loss without a heartbeat
 * and a time without a history are left out, with the reason.
 */
import type { DateTime } from 'luxon';
import { figuresOf } from './objective-history.ts';
import { pointsToPin, type KnownPoint, type RestoreChoice } from './restore-target.ts';
import { warningsOf } from './restore-warnings.ts';
import { safetyMargins } from './safety-margins.ts';

/** One database as it will be restored. */
export interface DatabaseToRestore {
  readonly database: string;
  /** The names of the servers, not their ids. */
  readonly source: string;
  readonly target: string;
  readonly instant: DateTime;
  /** The newest heartbeat that the restored data can be relied on to hold, or why that is not known; `isSilent`: the source does not answer. */
  readonly heartbeat:
    | { readonly newest: DateTime }
    | { readonly problem: string; readonly isSilent?: boolean };
  /** The source is gone: what the provider kept of it is revived. */
  readonly isGone: boolean;
}

/** How long a restore of the past took, a drill's or a person's. */
export interface PastRestore {
  readonly restore: number;
  readonly reconfigure: number;
  readonly validate: number;
}

export interface RestoreFacts {
  /** As it was asked for: `latest`, `archived`, an instant or a point. */
  readonly to: string;
  readonly plannedAt: DateTime;
  readonly choice: RestoreChoice;
  readonly points: readonly KnownPoint[];
  readonly databases: readonly DatabaseToRestore[];
  readonly checks: readonly string[];
  /** Blob stores whose blobs the restored rows refer to. */
  readonly stores: readonly string[];
  readonly allowedAddresses: readonly { readonly start: string; readonly end: string }[];
  readonly past: readonly PastRestore[];
  readonly price: { readonly currency: string; readonly restoredServerPerHour: number } | undefined;
  readonly breakGlassAfterSeconds: number | undefined;
  /** Of the one database these tables alone. */
  readonly tables?: TablesToRestore | undefined;
}

/** Chosen tables, and the schema that they go into. */
export interface TablesToRestore {
  readonly schema: string;
  readonly chosen: readonly { readonly table: string; readonly leftOut: readonly string[] }[];
}

export interface PastFigures {
  readonly samples: number;
  readonly median: number;
  readonly shortest: number;
  readonly longest: number;
}

export interface DecidedRestorePlan {
  readonly validUntil: DateTime;
  readonly instant: DateTime;
  readonly pinned: readonly string[];
  readonly steps: readonly { readonly step: string; readonly what: string }[];
  readonly warnings: readonly string[] | undefined;
  readonly loss: Loss;
  readonly expected: Readonly<Partial<Record<'overall' | keyof PastRestore, PastFigures>>>;
  readonly cost:
    | { readonly currency: string; readonly perHour: number; readonly servers: number }
    | undefined;
  readonly approval: { readonly by: 'another-person'; readonly breakGlassAfterSeconds?: number };
}

interface Loss {
  readonly newestHeartbeat: DateTime | undefined;
  readonly seconds: number | undefined;
  readonly unknown: readonly { readonly database: string; readonly problem: string }[];
}

/** Decides the plan; there is at least one database. */
export function decideRestorePlan(facts: RestoreFacts): DecidedRestorePlan {
  const { plannedAt, choice, points, databases, price, breakGlassAfterSeconds } = facts;
  const pinned = pointsToPin(choice, points);
  return {
    validUntil: plannedAt.plus({ hours: safetyMargins.restorePlanHours }),
    instant: earliest(databases.map(({ instant }) => instant)) ?? plannedAt,
    pinned,
    steps: stepsOf(facts, pinned),
    warnings: warningsOf(facts),
    loss: lossOf(plannedAt, databases),
    expected: expectedOf(facts.past),
    cost:
      price === undefined
        ? undefined
        : {
            currency: price.currency,
            perHour: Math.round(price.restoredServerPerHour * databases.length * 10_000) / 10_000,
            servers: databases.length,
          },
    approval: {
      by: 'another-person',
      ...(breakGlassAfterSeconds === undefined ? {} : { breakGlassAfterSeconds }),
    },
  };
}

const earliest = (instants: readonly DateTime[]): DateTime | undefined =>
  instants.toSorted((a, b) => a.toMillis() - b.toMillis())[0];

/** Of several databases the one that loses most speaks for the system; one of which it is not known leaves it open. */
function lossOf(plannedAt: DateTime, databases: readonly DatabaseToRestore[]): Loss {
  const unknown = databases.flatMap(({ database, heartbeat }) =>
    'problem' in heartbeat ? [{ database, problem: heartbeat.problem }] : [],
  );
  const beats = databases.flatMap(({ heartbeat }) => ('newest' in heartbeat ? [heartbeat.newest] : []));
  const newestHeartbeat = unknown.length === 0 ? earliest(beats) : undefined;
  const seconds = newestHeartbeat === undefined ? undefined : plannedAt.diff(newestHeartbeat).as('seconds');
  return { newestHeartbeat, seconds, unknown };
}

function expectedOf(past: readonly PastRestore[]): DecidedRestorePlan['expected'] {
  if (past.length === 0) return {};
  const of = (seconds: (one: PastRestore) => number): PastFigures => {
    const { measured = 0, median = 0, minimum = 0, worst = 0 } = figuresOf(past.map(seconds)) ?? {};
    return { samples: measured, median, shortest: minimum, longest: worst };
  };
  return {
    overall: of((one) => one.restore + one.reconfigure + one.validate),
    restore: of((one) => one.restore),
    reconfigure: of((one) => one.reconfigure),
    validate: of((one) => one.validate),
  };
}

function stepsOf(facts: RestoreFacts, pinned: readonly string[]): DecidedRestorePlan['steps'] {
  const { databases, checks, stores, breakGlassAfterSeconds, tables } = facts;
  const alone =
    breakGlassAfterSeconds === undefined
      ? 'nobody may go on alone'
      : `where nobody has decided for ${breakGlassAfterSeconds} s one person may go on alone, which is told to everybody`;
  const besides =
    stores.length === 0 ? '' : `; the blobs that rows refer to are looked up in ${stores.join(', ')}`;
  return [
    { step: 'approve', what: `another person approves this plan by its digest; ${alone}` },
    ...(pinned.length === 0
      ? []
      : [{ step: 'pin', what: `${pinned.join(', ')} cannot be deleted until the restore has ended` }]),
    ...databases.map(({ database, source, target, instant, isGone }) => ({
      step: 'restore',
      what: `database ${database} of ${source}${isGone ? ', which is gone, is revived' : ' is restored'} to ${instant.toISO() ?? ''} into the new server ${target}`,
    })),
    {
      step: 'open',
      what: `${serversOf(facts)}: the recorded parameters are set; let in: ${whoIsLetIn(facts)}`,
    },
    { step: 'check', what: `${checks.length} checks: ${checks.join(', ')}${besides}` },
    ...(tables === undefined
      ? [
          {
            step: 'keep',
            what: `${serversOf(facts)} stays until a person removes it; ${databases.every(({ isGone }) => isGone) ? 'nothing else is written to' : 'the source is not written to'}`,
          },
        ]
      : stepsOfTables(facts, tables)),
  ];
}

const serversOf = ({ databases }: RestoreFacts): string => databases.map(({ target }) => target).join(', ');

function whoIsLetIn({ allowedAddresses }: RestoreFacts): string {
  const ranges = allowedAddresses.map(({ start, end }) => `${start} to ${end}`).join(', ');
  return ranges === '' ? 'whom the network lets in' : ranges;
}

/** From the restored server into the source's database, beside what is there. */
function stepsOfTables(
  facts: RestoreFacts,
  { schema, chosen }: TablesToRestore,
): DecidedRestorePlan['steps'] {
  const source = facts.databases.map(({ database, source: server }) => `${database} of ${server}`).join(', ');
  const without = chosen.flatMap(({ table, leftOut }) => leftOut.map((what) => `${table}: ${what}`));
  const but = without.length === 0 ? '' : `; left out: ${without.join('; ')}`;
  return [
    {
      step: 'copy',
      what: `${chosen.map(({ table }) => table).join(', ')} come into the new schema ${schema} of database ${source}, with keys, indexes and checks${but}`,
    },
    { step: 'compare', what: 'every row of each copy is counted and summed against the restored one' },
    {
      step: 'keep',
      what: `${serversOf(facts)} is removed; ${schema} stays until a person removes it; no table that the source has is written to`,
    },
  ];
}
