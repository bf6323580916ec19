/** One valid example of every stored document: what contract tests vary and other tests build upon. */
import type { DrillPlan, RecoveryPoint } from '../../src/contracts/documents.ts';

export const digest = `sha256-${'a'.repeat(64)}`;
export const at = '2026-03-01T01:30:00.000Z';
const scope = { system: 'shop', region: 'westeurope' } as const;
const server =
  '/subscriptions/8a1d5c1e-0b51-4a7e-9d3c-5f6b7c8d9e0f/resourceGroups/rg-shop/providers/Microsoft.DBforPostgreSQL/flexibleServers/shop-main';

export const examplePoint: RecoveryPoint = {
  schema: 'lifeboat/recovery-point/v1',
  id: 'on-demand-20260301T013000Z',
  ...scope,
  kind: 'on-demand',
  slot: '20260301T013000Z',
  createdAt: at,
  instant: at,
  databases: [
    {
      database: 'main',
      server,
      name: 'shop',
      backup: 'lifeboat-20260301T013000Z',
      completedAt: at,
      instant: at,
      fingerprint: { path: 'v1/f', digest, mode: 'exact', tables: 1, rows: 2 },
    },
  ],
  stores: [{ store: 'files', database: 'main', inventory: { path: 'v1/i', digest, addresses: 3 } }],
  pins: [],
};

export const examplePlan: DrillPlan = {
  schema: 'lifeboat/drill-plan/v1',
  drill: 'drill-20260301T040000Z',
  ...scope,
  trigger: 'schedule',
  declaredAt: at,
  scenario: 'restore-newest-point',
  point: examplePoint.id,
  pointInstant: at,
  choice: 'the newest of 1 usable recovery points',
  objectives: { rpoSeconds: 86_400, rtoSeconds: 14_400, approvedBy: 'Head of Shop', approvedAt: at },
  targets: [
    {
      database: 'main',
      source: server,
      target: server.replace('rg-shop', 'rg-drills').replace('shop-main', 'drill-shop-main-1'),
      location: 'westeurope',
      name: 'shop',
      instant: at,
      allowedAddresses: [{ start: '10.0.0.1', end: '10.0.0.1' }],
    },
  ],
  checks: ['heartbeat'],
  cleanUpDelaySeconds: 0,
  estateDigest: digest,
  softwareVersion: '0.1.0',
};

/** By name: an example of each kind of document apart from the report. */
export const exampleDocuments = {
  recoveryPoint: examplePoint,
  drillPlan: examplePlan,
  fingerprintDocument: {
    schema: 'lifeboat/fingerprint/v1',
    ...scope,
    point: examplePoint.id,
    database: 'main',
    mode: 'bracketed',
    modeReason: 'the tables could not be locked',
    instant: at,
    marker: '1',
    newestHeartbeat: at,
    before: [{ table: 'public.a', rows: 1, checksum: '-12345678901234567890', method: 'record' }],
    after: [{ table: 'public.a', rows: 2, checksum: '1', method: 'text' }],
    stores: examplePoint.stores,
  },
  slotClaim: {
    schema: 'lifeboat/slot/v1',
    ...scope,
    kind: 'drill',
    slot: '20260301T040000Z',
    instanceId: 'drill.shop.westeurope.20260301T040000Z',
    claimedAt: at,
    trigger: 'schedule',
    finished: { at, outcome: 'PASS' },
  },
  alertDocument: {
    schema: 'lifeboat/alert/v1',
    key: 'drill-failed',
    ...scope,
    severity: 'critical',
    title: 't',
    detail: 'd',
    runbook: 'runbooks/drill-failed.md',
    firstAt: at,
    lastAt: at,
    count: 1,
  },
  unchainedAuditEntry: {
    schema: 'lifeboat/audit/v1',
    at,
    actor: 'lifeboat',
    action: 'snapshot',
    target: examplePoint.id,
    stage: 'intent',
    detail: { nested: [1, { a: null }] },
  },
  ledgerEntry: {
    schema: 'lifeboat/ledger/v1',
    at,
    item: server,
    kind: 'drill-server',
    stage: 'intent',
    reason: 'over',
    by: 'lifeboat',
  },
  approvalDocument: {
    schema: 'lifeboat/approval/v1',
    digest,
    ...scope,
    decision: 'approved',
    by: 'someone',
    at,
    reason: 'seen',
    expiresAt: at,
  },
  watchDocument: { schema: 'lifeboat/watch/v1', ...scope, since: at },
  closingDocument: { schema: 'lifeboat/drill-closing/v1', drill: 'drill-20260301T040000Z', at, found: [] },
} as const;
