/**
 * What is lost with a server, although it can be revived. Pure. The provider keeps the automatic backups of a deleted
 * server for some days, and nothing else of it.
 */
import type { DateTime } from 'luxon';

/** Days for which the provider keeps the backups of a deleted server. */
export const droppedServerKeptDays = 5;

/** A protected server as it stands today, and the recorded points that lie on it. */
export interface LosableServer {
  readonly server: string;
  readonly earliestRestore: DateTime | undefined;
  /** Names of its on-demand backups. */
  readonly onDemand: readonly string[];
  readonly points: readonly { readonly id: string; readonly instant: DateTime }[];
}

/** What could not be revived, were this server lost now; in sentences. */
export function notRevivable({ server, earliestRestore, onDemand, points }: LosableServer): string[] {
  const name = server.split('/').at(-1) ?? server;
  const beyond = points.filter(({ instant }) => earliestRestore === undefined || instant < earliestRestore);
  return [
    ...(onDemand.length === 0
      ? []
      : [
          `${name}: its ${onDemand.length} on-demand backup(s) go with the server: ${some(onDemand)}; what they hold is reached through automatic backups alone`,
        ]),
    ...(beyond.length === 0
      ? []
      : [
          `${name}: ${beyond.length} recorded point(s) lie before what its automatic backups reach: ${some(beyond.map(({ id }) => id))}`,
        ]),
    earliestRestore === undefined
      ? `${name}: the provider names no instant that it can restore: nothing of it could be revived`
      : `${name}: nothing from before ${earliestRestore.toISO() ?? ''}, and nothing at all once it has been gone for ${droppedServerKeptDays} days`,
  ];
}

const some = (names: readonly string[]): string =>
  `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
