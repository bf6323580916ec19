/** How each kind goes that goes in portions. A kind that stands here is one that prunes delete. */
import type { PortionKind } from '../../contracts/prune.ts';
import type { Applier } from './applier.ts';
import { drillServerApplier } from './apply-drill-servers.ts';
import { snapshotApplier, versionApplier } from './apply-copies.ts';
import { documentApplier } from './apply-documents.ts';
import { dumpApplier } from './apply-dumps.ts';
import { reportApplier } from './apply-reports.ts';
import { unreferencedApplier } from './apply-unreferenced.ts';

export const appliers: Readonly<Record<PortionKind, Applier>> = {
  'blob-snapshot': snapshotApplier,
  'blob-version': versionApplier,
  'unreferenced-blob': unreferencedApplier,
  'drill-server': drillServerApplier,
  report: reportApplier,
  'exported-dump': dumpApplier,
  'own-document': documentApplier,
};
