/** What the app says of its systems, with stable data; it goes through its contract, so that none can differ from it. */
import { pointsResponse, type PointsResponse, type PruneSummary } from '../../src/contracts/api/retention.ts';
import type { ScanSummary } from '../../src/contracts/api/scans.ts';
import {
  statusResponse,
  systemStatus,
  type StatusResponse,
  type SystemStatus,
} from '../../src/contracts/api/status.ts';
import { noCounts } from '../../src/contracts/scan-documents.ts';
import { westSlot, drillId, pointOf, digest, serverId, timeline } from './canned-names.ts';

const met = (objectiveSeconds: number, achievedSeconds: number) =>
  ({ objectiveSeconds, achievedSeconds, verdict: 'met', reason: 'within the objective' }) as const;

const counts = { ...noCounts, ok: 1204, hashed: 1204, unreferenced: 14, blobs: 1204, bytes: 104_857_600 };

/** What the newest scan came to. */
export const scanned = (change: Partial<ScanSummary> = {}): ScanSummary => ({
  ...{ id: `scan-${westSlot}`, endedAt: '2026-03-01T01:30:58.000Z', outcome: 'clean' },
  ...{ detail: '1204 of 1204 blobs re-hashed and right', counts, worst: [] },
  ...change,
});

/** What the newest prune came to. */
export const pruned = (change: Partial<PruneSummary> = {}): PruneSummary => ({
  ...{ id: `prune-${westSlot}`, endedAt: '2026-03-01T01:30:59.000Z', dryRun: false, outcome: 'done' },
  ...{
    detail: '2 backup(s) and 14 blob snapshot(s) deleted',
    deleted: {
      backups: 2,
      snapshots: 14,
      versions: 0,
      blobs: 0,
      servers: 0,
      reports: 0,
      dumps: 0,
      documents: 0,
    },
    left: [],
  },
  kept: [
    {
      reason: 'inside-window',
      decision: 'keep',
      count: 6,
      example: 'b1 kept: it is 2 h old, inside the window of 168 hours',
    },
    {
      reason: 'newest-proven',
      decision: 'keep',
      count: 1,
      example: 'b2 kept: it is the newest proven recovery point',
    },
  ],
  ...change,
});

/** A system whose last drill passed. */
export function passed(system: string, region: string, change: Partial<SystemStatus> = {}): SystemStatus {
  return systemStatus.parse({
    system,
    name: system.toUpperCase(),
    region,
    criticality: 'critical',
    objectives: { rpoSeconds: 900, rtoSeconds: 14_400 },
    points: { count: 7, damaged: [] },
    newestPoint: {
      id: pointOf(),
      kind: 'on-demand',
      instant: '2026-03-01T01:30:42.118Z',
      ageSeconds: 137.2,
      provenAt: '2026-03-01T01:31:33.500Z',
    },
    exposure: {
      ...{ at: '2026-03-01T01:32:59.300Z', objectiveSeconds: 900, verdict: 'within' },
      proven: {
        ...{ id: pointOf(), instant: '2026-03-01T01:30:42.118Z', seconds: 137.2 },
        ...{ provenAt: '2026-03-01T01:31:33.500Z', drill: drillId },
      },
      ...{ notCounted: [], doubts: [] },
    },
    drill: {
      id: drillId,
      finalizedAt: '2026-03-01T01:31:33.500Z',
      result: 'PASS',
      reasons: [],
      statuses: { restore: 'done', validation: 'passed', cleanUp: 'done' },
      timeline: [...timeline],
      point: pointOf(),
      rpo: met(900, 4.2),
      rto: met(14_400, 31.0),
      rtoBreakdownSeconds: { decide: 0.4, restore: 11.2, reconfigure: 1.1, validate: 18.3 },
      checks: { passed: 6, total: 6 },
      findings: 0,
      report: `v1/${system}/${region}/reports/${drillId}/report.json`,
      markdown: `v1/${system}/${region}/reports/${drillId}/report.md`,
    },
    scan: scanned(),
    prune: pruned(),
    alerts: [],
    next: {
      ...{ snapshot: '2026-03-02T01:30:00.000Z', scan: '2026-03-02T03:00:00.000Z' },
      ...{ prune: '2026-03-02T04:00:00.000Z', drill: '2026-03-08T02:00:00.000Z' },
    },
    ...change,
  });
}

/** A system whose last drill found damage and missed an objective. */
export function failed(system: string, region: string): SystemStatus {
  const sound = passed(system, region);
  const detail = 'check blobs: 2 of 1,204 referenced blobs are missing; the RTO objective was missed';
  return systemStatus.parse({
    ...sound,
    objectives: { rpoSeconds: 900, rtoSeconds: 300 },
    exposure: {
      ...sound.exposure,
      verdict: 'over',
      proven: { ...sound.exposure?.proven, id: pointOf('20260228T013000Z'), seconds: 86_537.2 },
      notCounted: [{ id: pointOf(), why: 'refuted' }],
    },
    drill: {
      ...sound.drill,
      result: 'FAIL',
      reasons: detail.split('; '),
      statuses: { restore: 'done', validation: 'failed', cleanUp: 'done' },
      rto: { objectiveSeconds: 300, achievedSeconds: 362.4, verdict: 'missed', reason: 'over the objective' },
      checks: { passed: 5, total: 6 },
      findings: 2,
    },
    scan: scanned({
      outcome: 'damaged',
      detail: '1 damaged and 1 missing of 1204 blobs',
      counts: {
        ...counts,
        ok: 1201,
        hashed: 1203,
        blobs: 1203,
        'digest-mismatch': 1,
        missing: 1,
        unreadable: 1,
      },
      worst: [
        {
          store: 'files',
          verdict: 'digest-mismatch',
          name: 'sha256/ab/cd/abcd',
          detail: 'its content hashes to sha256-ef',
        },
        { store: 'files', verdict: 'missing', name: 'sha256/01/23/0123', detail: '' },
      ],
    }),
    prune: pruned({
      outcome: 'blocked',
      detail:
        '0 backup(s) and 0 blob snapshot(s) deleted; not deleted: it is 8 days old by a clock that is not to be trusted',
      deleted: {
        backups: 0,
        snapshots: 0,
        versions: 0,
        blobs: 0,
        servers: 0,
        reports: 0,
        dumps: 0,
        documents: 0,
      },
      left: [],
      kept: [
        { reason: 'inside-window', decision: 'keep', count: 6, example: 'b1 kept: it is 2 h old' },
        {
          reason: 'clock',
          decision: 'blocked',
          count: 2,
          example: 'b2 not deleted: it is 8 days old by a clock that is not to be trusted',
        },
      ],
    }),
    freshness: [
      { kind: 'snapshot', state: 'on-time', slot: '2026-03-01T01:30:00.000Z' },
      {
        kind: 'scan',
        state: 'late',
        slot: '2026-03-01T00:00:00.000Z',
        lateAt: '2026-03-01T01:00:00.000Z',
        because: 'it never began',
      },
    ],
    running: [{ id: `scan.${system}.${region}.${westSlot}`, kind: 'scan' }],
    alerts: [
      {
        ...{
          key: 'drill-failed',
          severity: 'critical',
          title: `The restore drill of ${system} in ${region} ended FAIL`,
          detail,
        },
        ...{ runbook: 'runbooks/drill-failed.md', firstAt: '2026-02-28T01:31:33.000Z', count: 2 },
      },
    ],
  });
}

/** A system of which no drill has ended, with a damaged document among its points. */
export function untried(system: string, region: string): SystemStatus {
  const { drill: _drill, newestPoint: _newest, scan: _scan, prune: _prune, ...rest } = passed(system, region);
  const points = { count: 0, damaged: [`v1/${system}/${region}/points/on-demand-20260228T013000Z.json`] };
  const exposure = { ...rest.exposure, verdict: 'nothing-proven', proven: undefined };
  return systemStatus.parse({ ...rest, points, exposure, next: {} });
}

/** A system whose last drill could not find out everything. */
export function doubtful(system: string, region: string): SystemStatus {
  const sound = passed(system, region);
  const because = 'how far back main can be restored was not answered within 5 s';
  return systemStatus.parse({
    ...sound,
    exposure: {
      ...sound.exposure,
      ...{ verdict: 'unknown', doubts: [because] },
      unproven: { id: pointOf('20260301T013100Z'), instant: '2026-03-01T01:31:02.000Z', seconds: 117.3 },
    },
    drill: {
      ...sound.drill,
      result: 'INCONCLUSIVE',
      reasons: [
        'check heartbeat gave no answer: the database did not answer within 30 s',
        'the RPO could not be measured',
      ],
      statuses: { restore: 'done', validation: 'inconclusive', cleanUp: 'done' },
      rpo: {
        objectiveSeconds: 900,
        verdict: 'inconclusive',
        reason: 'no heartbeat was found in the restored data',
      },
      checks: { passed: 5, total: 6 },
    },
  });
}

/** What a region answers to `status`. */
export function statusOf(region: string, systems: readonly SystemStatus[]): StatusResponse {
  return statusResponse.parse({
    schema: 'lifeboat/status/v1',
    region,
    at: '2026-03-01T01:32:59.300Z',
    softwareVersion: '0.1.0',
    vault: `https://vault${region}.example.net/lifeboat`,
    systems,
  });
}

/** Two recovery points, the newer one proven, and a damaged document. */
export function pointsOf(system: string, region: string): PointsResponse {
  const point = (slot: string, instant: string, change: object): object => ({
    schema: 'lifeboat/recovery-point/v1',
    ...{ id: pointOf(slot), system, region, kind: 'on-demand', slot, createdAt: instant, instant },
    databases: [
      {
        ...{
          database: 'main',
          server: serverId('production', 'pg-main'),
          name: 'app',
          backup: 'lifeboat-1',
          completedAt: instant,
          instant,
        },
        fingerprint: { path: 'f.json', digest, mode: 'exact', tables: 12, rows: 50_321 },
      },
    ],
    stores: [{ store: 'files', database: 'main', inventory: { path: 'i.txt', digest, addresses: 1204 } }],
    ...change,
  });
  const told = { at: '2026-03-01T01:31:33.500Z', drill: drillId };
  return pointsResponse.parse({
    points: [
      point('20260228T013000Z', '2026-02-28T01:30:40.000Z', {
        pins: [{ by: 'anna', at: '2026-02-28T08:00:00.000Z', reason: 'audit' }],
      }),
      point(westSlot, '2026-03-01T01:30:42.118Z', { proven: told, lastDrill: { ...told, result: 'PASS' } }),
    ],
    damaged: [],
  });
}
