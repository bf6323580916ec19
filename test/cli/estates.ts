/** Estate files for the tests of `lifeboat estate check`. */
const server = (name: string): string =>
  `/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/production/providers/Microsoft.DBforPostgreSQL/flexibleServers/${name}`;

export const goodEstate = `version: 1
systems:
  - id: lms
    name: LMS
    owner: Team Learning
    criticality: high
    objectives: { rpo: PT15M, rto: PT4H, approvedBy: Head of Operations, approvedAt: 2026-01-15T09:00:00.000Z }
    retention: {}
    schedules:
      snapshot: { cron: 0 30 1 * * *, timeZone: Europe/Berlin, lateAfter: PT2H }
      drill: { cron: 0 0 2 * * 0, timeZone: Europe/Berlin, lateAfter: PT6H }
    regions:
      - region: westeurope
        databases:
          - { id: main, server: ${server('pg-lms')}, name: lms, redundancy: zone }
        drill: { resourceGroup: drills }
`;

/** Wrong in four places: the criticality, the RPO, the server, and a member that nobody knows. */
export const badEstate = goodEstate
  .replace('criticality: high', 'criticality: enormous')
  .replace('rpo: PT15M', 'rpo: 15 minutes')
  .replace(server('pg-lms'), 'pg-lms')
  .replace('resourceGroup: drills', 'resourceGroup: drills, colour: blue');
