/** The evidence manifest: everything that the report rests on and that never changes, by its place and its digest. */
import type { EvidenceItem } from '../../contracts/report.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import type { ReportSources } from './sources.ts';

/** The items: the plan, what was recorded when the backup was taken, and the whole answer of each check. */
export function evidenceOf({ facts, plan: { drill, exercise, lost }, point }: ReportSources): EvidenceItem[] {
  const plan: EvidenceItem = {
    what: 'the plan of the drill',
    path: vaultPaths.plan(facts, facts.plan),
    digest: facts.plan,
    over: 'canonical JSON',
  };
  const played: EvidenceItem[] =
    exercise === undefined
      ? []
      : [
          {
            what:
              lost === undefined ? 'what was played in the source' : 'what was written into what was dropped',
            path: vaultPaths.exercise(facts, drill),
            ...{ digest: exercise, over: 'canonical JSON' },
          },
        ];
  const made: EvidenceItem[] =
    lost === undefined
      ? []
      : [
          {
            what: 'the plan by which the servers were made that were dropped',
            ...{ path: vaultPaths.plan(facts, lost.plan), digest: lost.plan, over: 'canonical JSON' },
          },
        ];
  const tried = (facts.tries ?? []).slice(0, -1).map(({ point: id, plan: digest }): EvidenceItem => ({
    what: `the plan by which ${id} was tried`,
    ...{ path: vaultPaths.plan(facts, digest), digest, over: 'canonical JSON' },
  }));
  const fingerprints = (point?.databases ?? []).map(({ database, fingerprint }): EvidenceItem => ({
    what: `fingerprint of ${database} at the instant of ${point?.id ?? ''}`,
    ...{ path: fingerprint.path, digest: fingerprint.digest, over: 'canonical JSON' },
  }));
  const inventories = (point?.stores ?? []).map(({ store, database, inventory }): EvidenceItem => ({
    what: `inventory of ${store} that ${database} refers to`,
    ...{ path: inventory.path, digest: inventory.digest, over: 'address lines' },
  }));
  const answers = facts.checks.flatMap(({ id, database, evidence }): EvidenceItem[] =>
    evidence === undefined
      ? []
      : [
          {
            what: `check ${id}${database === undefined ? '' : ` on ${database}`}`,
            ...evidence,
            over: 'canonical JSON',
          },
        ],
  );
  return [plan, ...made, ...tried, ...played, ...fingerprints, ...inventories, ...answers];
}
