/**
 * Whether what the provider kept of a protected server that is gone may be revived, and to which orders. Pure. Nobody can
 * be asked for a server that is gone: what is known of it are recovery points that were recorded on it and since when its
 * heartbeats are missed. What is not known, such as from when on it can be restored, only the attempt tells.
 */
import type { DateTime } from 'luxon';
import { droppedServerKeptDays } from './server-loss.ts';
import { serverNameOf } from './identifiers.ts';

/** What is known of a server that is gone. */
export interface LostSource {
  readonly server: string;
  /** The newest recovery point that was recorded on it. */
  readonly newestPoint: DateTime | undefined;
  /** Since when a heartbeat of the system is missed. */
  readonly silentSince: DateTime | undefined;
  readonly now: DateTime;
  /** The server that the chosen point was recorded on, where one was chosen. */
  readonly recordedOn: string | undefined;
}

/** What is wanted of it. */
export interface LostOrder extends Pick<LostSource, 'server' | 'silentSince'> {
  /** `latest`, `archived`, an instant or a point. */
  readonly to: string;
  /** The point that this means, if it is one. */
  readonly point: string | undefined;
  /** Tables are to go into its database. */
  readonly intoSource: boolean;
}

/** Why not, and what to do. */
export interface Objection {
  readonly said: string;
  readonly hint: string;
}

const runbook = 'see runbooks/server-lost.md';

/** Why it is not revived now; undefined if it may be. Asked again before a plan is carried out. */
export function objectionToRevival(lost: LostSource): Objection | undefined {
  const { server, newestPoint, recordedOn } = lost;
  if (newestPoint === undefined)
    return {
      said: `there is no server ${server}, and no recovery point was recorded on it: nothing is known of it that could be revived`,
      hint: `Compare the id in the estate file with what stands in Azure; if it stood there and was deleted, ${runbook}.`,
    };
  if (recordedOn !== undefined && !isSame(recordedOn, server))
    return {
      said: `the server ${serverNameOf(server)} is gone, and the point was recorded on ${serverNameOf(recordedOn)}: what is kept of the one does not hold it`,
      hint: 'Use a point that was recorded on the server that is gone, or "archived".',
    };
  return tooLate(lost, newestPoint);
}

/** Why the order does not say to which instant; undefined if it does. */
export function objectionToOrder({
  server,
  to,
  point,
  silentSince,
  intoSource,
}: LostOrder): Objection | undefined {
  const name = serverNameOf(server);
  const instead = 'the instant of the deletion, which the activity log of Azure tells, or a recovery point';
  if (intoSource)
    return {
      said: `the server ${name} is gone, and tables would go into its database`,
      hint: `Restore the whole database with "--name"; ${runbook}.`,
    };
  if (to === 'latest')
    return {
      said: `the server ${name} is gone: nobody can tell the newest instant that the provider kept of it`,
      hint: `Use "archived", ${instead}; ${runbook}.`,
    };
  if (to === 'archived' && silentSince === undefined && point === undefined)
    return {
      said: `the server ${name} is gone, and no missed heartbeat was told yet: since when is not known`,
      hint: `Try again in a minute, when the alert heartbeat-silent is open, or use ${instead}.`,
    };
  return undefined;
}

/** It was there until its last point at least, and until the heartbeats were missed; all of them at once are told by one alert. */
function tooLate(
  { server, silentSince, now }: Pick<LostSource, 'server' | 'silentSince' | 'now'>,
  newestPoint: DateTime,
): Objection | undefined {
  if (silentSince === undefined) return undefined;
  const heard = newestPoint > silentSince ? newestPoint : silentSince;
  if (now.diff(heard).as('days') < droppedServerKeptDays) return undefined;
  return {
    said: `the server ${serverNameOf(server)} is gone and has not been heard of since ${heard.toISO() ?? ''}: the provider keeps the backups of a deleted server for ${droppedServerKeptDays} days`,
    hint: `Where the activity log says that it was deleted later, revive it by hand: ${runbook}. Otherwise open a support request, now.`,
  };
}

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
