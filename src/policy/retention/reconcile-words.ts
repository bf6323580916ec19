/** What reconciliation found, in words. */
import type { DateTime } from 'luxon';
import type { ReconcileFinding } from './reconcile.ts';

const minute = (at: DateTime): string => at.toUTC().toFormat("yyyy-MM-dd HH:mm 'UTC'");

/** A backup by its name and server: a resource id fills two lines and says no more within one system. */
function named(id: string): string {
  const [, server, backup] = /\/flexibleServers\/([^/]+)\/backups\/([^/]+)$/i.exec(id) ?? [];
  return backup === undefined ? id : `backup ${backup} of ${server ?? ''}`;
}

/** One finding: what is so, and since when. */
export function findingSentence(found: ReconcileFinding): string {
  switch (found.finding) {
    case 'expired-by-provider':
      return `${named(found.id)} is gone: the provider kept it until ${minute(found.expiredAt)} and expired it by itself`;
    case 'vanished':
      return `${named(found.id)} of ${minute(found.completedAt)} is gone, and nobody here deleted it${found.dueUntil === undefined ? '' : `: the provider was to keep it until ${minute(found.dueUntil)}`}`;
    case 'appeared-unknown':
      return `${named(found.id)} of ${minute(found.completedAt)} carries Lifeboat's name and stands in no catalogue: its snapshot was never recorded`;
    case 'resurrected':
      return `${named(found.id)} is listed again, although it was confirmed absent at ${minute(found.confirmedAbsentAt)}`;
    case 'deletion-unfinished':
      return `the deletion of ${named(found.id)} was begun at ${minute(found.since)} and has not ended: ${found.isListed === undefined ? 'it is not known whether it is still there' : found.isListed ? 'it is still there' : 'it is gone, and not confirmed'}`;
  }
}
