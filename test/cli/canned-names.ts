/** Names, digests and times that the canned answers share. */

export const westSlot = '20260301T013000Z';
export const drillId = `drill-${westSlot}`;
export const pointOf = (slot = westSlot): string => `on-demand-${slot}`;
export const digest = `sha256-${'ab'.repeat(32)}`;
const subscription = '/subscriptions/00000000-0000-4000-8000-000000000001';
export const serverId = (group: string, name: string): string =>
  `${subscription}/resourceGroups/${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${name}`;

export const timeline = [
  {
    step: 'plan',
    startedAt: '2026-03-01T01:31:00.000Z',
    endedAt: '2026-03-01T01:31:00.412Z',
    seconds: 0.412,
    outcome: 'done',
    detail: pointOf(),
  },
  {
    step: 'restore',
    startedAt: '2026-03-01T01:31:00.412Z',
    endedAt: '2026-03-01T01:31:12.700Z',
    seconds: 12.288,
    outcome: 'done',
    detail: '1 server(s)',
  },
  {
    step: 'check',
    startedAt: '2026-03-01T01:31:12.700Z',
    endedAt: '2026-03-01T01:31:31.000Z',
    seconds: 18.3,
    outcome: 'done',
    detail: '6 of 6 passed',
  },
  {
    step: 'clean up',
    startedAt: '2026-03-01T01:31:31.000Z',
    endedAt: '2026-03-01T01:31:33.100Z',
    seconds: 2.1,
    outcome: 'done',
    detail: '1 server(s) absent',
  },
] as const;
