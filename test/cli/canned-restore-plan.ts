/** The plan of a restore, as the app answers it. */
import { restorePlanResponse, type RestorePlanResponse } from '../../src/contracts/api/restores.ts';

const server = (group: string, name: string): string =>
  `/subscriptions/8a1d5c1e-0b51-4a7e-9d3c-5f6b7c8d9e0f/resourceGroups/${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${name}`;
export const planned: RestorePlanResponse = restorePlanResponse.parse({
  digest: `sha256-${'0'.repeat(64)}`,
  plan: {
    ...{ schema: 'lifeboat/restore-plan/v2', restore: 'restore-20260301T140217Z', system: 'lms' },
    ...{ region: 'northeurope', plannedAt: '2026-03-01T14:02:17.000Z', to: 'latest', name: 'lms-again' },
    ...{ validUntil: '2026-03-02T14:02:17.000Z', instant: '2026-03-01T14:02:16.000Z' },
    ...{ pinned: ['on-demand-20260301T013000Z'], checks: ['heartbeat'] },
    targets: [
      {
        ...{ database: 'lms', source: server('rg-lms', 'lms'), target: server('rg-restored', 'lms-again') },
        ...{ location: 'northeurope', name: 'lms', instant: '2026-03-01T14:02:16.000Z' },
        allowedAddresses: [],
      },
    ],
    steps: [{ step: 'restore', what: 'database lms of lms is restored into the new server lms-again' }],
    loss: { newestHeartbeat: '2026-03-01T13:58:02.000Z', seconds: 255, unknown: [] },
    expected: { overall: { samples: 4, median: 754, shortest: 600, longest: 1200 } },
    cost: { currency: 'EUR', perHour: 0.2, servers: 1 },
    approval: { by: 'another-person', breakGlassAfterSeconds: 900 },
    ...{ estateDigest: `sha256-${'1'.repeat(64)}`, softwareVersion: '0.1.0' },
  },
});
