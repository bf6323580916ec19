/** Every kind that is judged beside recovery points, in the order in which they are asked for. */
import type { Gatherer } from './gather.ts';
import { gatherDocuments } from './gather-documents.ts';
import { gatherDrillServers } from './gather-drill-servers.ts';
import { gatherDumps } from './gather-dumps.ts';
import { gatherReports } from './gather-reports.ts';
import { gatherSnapshots } from './gather-snapshots.ts';
import { gatherUnreferenced } from './gather-unreferenced.ts';
import { gatherVersions } from './gather-versions.ts';

export const gatherers: readonly Gatherer[] = [
  gatherSnapshots,
  gatherVersions,
  gatherUnreferenced,
  gatherDrillServers,
  gatherReports,
  gatherDumps,
  gatherDocuments,
];
