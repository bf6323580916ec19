/** The report of a drill, with stable data; it goes through its contract, so that it cannot differ from it. */
import { drillPlan } from '../../src/contracts/documents.ts';
import {
  drillReport,
  storedReport,
  type DrillReport,
  type StoredReport,
} from '../../src/contracts/report.ts';
import { digestOf } from '../../src/policy/canonical-json.ts';
import { drillId, pointOf, digest, serverId } from './canned-names.ts';
import { passed } from './canned-status.ts';

/** The report that belongs to `passed`. */
export function reportOf(system: string, region: string, change: Partial<DrillReport> = {}): DrillReport {
  const { drill } = passed(system, region);
  const target = serverId('drills', `drill-${system}-main-260301t0130-0a1b2c3d`);
  const plan = drillPlan.parse({
    schema: 'lifeboat/drill-plan/v1',
    ...{ drill: drillId, system, region, trigger: 'cycle', declaredAt: '2026-03-01T01:31:00.000Z' },
    ...{
      scenario: 'restore-newest-point',
      point: pointOf(),
      pointInstant: '2026-03-01T01:30:42.118Z',
      choice: 'the newest point',
    },
    objectives: {
      rpoSeconds: 900,
      rtoSeconds: 14_400,
      approvedBy: 'Head of Operations',
      approvedAt: '2026-01-15T09:00:00.000Z',
    },
    targets: [
      {
        ...{
          database: 'main',
          source: serverId('production', 'pg-main'),
          target,
          location: region,
          name: 'app',
        },
        ...{ instant: '2026-03-01T01:30:42.118Z', allowedAddresses: [] },
      },
    ],
    checks: ['heartbeat', 'blobs'],
    ...{ cleanUpDelaySeconds: 0, estateDigest: digest, softwareVersion: '0.1.0' },
  });
  return drillReport.parse({
    schema: 'lifeboat/drill-report/v2',
    id: drillId,
    finalizedAt: '2026-03-01T01:31:33.500Z',
    plan,
    system: { id: system, name: system.toUpperCase(), owner: 'Team Cloud', criticality: 'critical', region },
    exercise: { type: 'automated', simulated: false, trigger: 'cycle' },
    scope: { included: ['database main (app)'], excluded: ['blobs that no row refers to'] },
    recoveryPoint: {
      id: pointOf(),
      kind: 'on-demand',
      instant: '2026-03-01T01:30:42.118Z',
      chosenBecause: 'the newest point',
      blobAddresses: 1204,
    },
    ...{ statuses: drill?.statuses, result: drill?.result, reasons: drill?.reasons },
    recovery: {
      ...{
        formulaVersion: 1,
        declaredAt: '2026-03-01T01:31:00.000Z',
        disruptionAt: '2026-03-01T01:31:00.000Z',
        validatedAt: '2026-03-01T01:31:31.000Z',
      },
      heartbeats: [{ database: 'main', newestWrittenAt: '2026-03-01T01:30:55.800Z' }],
      ...{ rpo: drill?.rpo, rto: drill?.rto, rtoBreakdownSeconds: drill?.rtoBreakdownSeconds },
    },
    timeline: drill?.timeline,
    checks: [
      checkOf(
        'heartbeat',
        'The newest heartbeat is there',
        'a heartbeat within 180 s',
        'a heartbeat 4.2 s before the disruption',
      ),
      checkOf(
        'blobs',
        'Every blob that a row refers to is there and intact',
        '1204 blobs',
        '1204 blobs, 104857600 bytes re-hashed',
      ),
    ],
    isolation: [{ target, firewallRules: [], publicNetworkAccess: 'Disabled' }],
    cleanUp: {
      created: [target],
      deleted: [target],
      leftOver: [],
      serverHours: 0.0091,
      cost: { amount: 0.0013, currency: 'EUR' },
    },
    findings: [],
    limitations: [
      'Blobs were read where they stand: this drill shows that they are intact, not that they could be rebuilt elsewhere.',
    ],
    evidence: [],
    softwareVersion: '0.1.0',
    ...assurance,
    planDigest: digestOf(plan),
    ...change,
  });
}

/** The same report as it was made before reports were signed. */
export function reportV1Of(system: string, region: string): StoredReport {
  return storedReport.parse({ ...reportOf(system, region), schema: 'lifeboat/drill-report/v1' });
}

const assurance = {
  number: 2,
  previous: { drill: 'drill-20260228T013000Z', digest },
  signing: { algorithm: 'ES384', key: 'https://keys.example/keys/reports' },
  due: {
    previous: '2026-03-01T01:30:00.000Z',
    next: '2026-03-02T01:30:00.000Z',
    freshUntil: '2026-03-02T05:30:00.000Z',
  },
  people: {
    ...{ requester: 'a nightly cycle', operator: 'lifeboat' },
    objectivesApprovedBy: 'Head of Operations',
    objectivesApprovedAt: '2026-01-15T09:00:00.000Z',
  },
  successCriteria: ['no server of the drill is left behind'],
  notExecuted: [{ step: 'switching over', reason: 'a drill leaves what is in use alone' }],
  attestation: { statement: 'made by itself', attestedBy: 'lifeboat', at: '2026-03-01T01:31:33.500Z' },
  ...{ controls: [], verification: [] },
};

function checkOf(id: string, title: string, expected: string, actual: string): object {
  const times = {
    startedAt: '2026-03-01T01:31:12.700Z',
    endedAt: '2026-03-01T01:31:15.800Z',
    elapsedMilliseconds: 3100,
  };
  return {
    id,
    title,
    database: 'main',
    status: 'passed',
    expected,
    actual,
    findings: [],
    findingCount: 0,
    measured: {},
    ...times,
  };
}
