/** What whoever asks for a restore and whoever approves it must know beside its figures. Pure. */
import type { RestoreFacts } from './restore-plan.ts';
import { droppedServerKeptDays } from './server-loss.ts';

/** In sentences; undefined where there is none. */
export function warningsOf({
  databases,
  to,
}: Pick<RestoreFacts, 'databases' | 'to'>): readonly string[] | undefined {
  const gone = namesOf(databases.filter(({ isGone }) => isGone));
  const silent = namesOf(
    databases.filter(({ heartbeat }) => 'problem' in heartbeat && heartbeat.isSilent === true),
  );
  const warnings = [
    ...gone.map(
      (server) =>
        `the server ${server} is gone: what the provider kept of it is revived. It keeps that for ${droppedServerKeptDays} days after the deletion, promises nothing, and does not say from when on it can restore it`,
    ),
    ...(to === 'latest' ? silent : []).map(
      (server) =>
        `${server} does not answer: its newest log may never have been archived, and then nothing can be restored to "latest". Use --to archived`,
    ),
  ];
  return warnings.length === 0 ? undefined : warnings;
}

const namesOf = (databases: RestoreFacts['databases']): string[] => [
  ...new Set(databases.map(({ source }) => source)),
];
