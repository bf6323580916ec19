/** What surrounds the product and can be taken from it: clocks, tokens, a server's process. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { basePorts } from '../support/ports.ts';
import { kill } from '../support/processes.ts';
import type { TestStack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import type { Night } from './night.ts';

const subscription = '8a1d5c1e-0b51-4a7e-9d3c-5f6b7c8d9e0f';

/** Asks the stand-in's control endpoint for something that `Control` has no word for. */
async function tellControl(stack: TestStack, route: string, body: object): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${basePorts.control + stack.portOffset}${route}`, {
    method: 'POST',
    headers: { 'x-control-secret': stack.secrets.controlSecret },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`control endpoint: ${await answer.text()}`);
}

/** Shifts the date that the resource manager gives. */
export const shiftClock = (stack: TestStack, seconds: number): Promise<void> =>
  tellControl(stack, '/clock', { dateOffsetMs: seconds * 1000 });

/** Whether the identity endpoint issues tokens. */
export const setIdentity = (stack: TestStack, state: 'down' | 'up'): Promise<void> =>
  tellControl(stack, '/identity', { down: state === 'down' });

/** Ends, as failed, every operation that was made to never end. */
export const releaseOperations = (stack: TestStack): Promise<void> => tellControl(stack, '/release', {});

/**
 * Dates the oldest on-demand backup that may go (the newest proven one may not) back past the retention window; returns
 * its name.
 */
export async function ageBackup(night: Night): Promise<string> {
  const newestProven = (await night.points()).findLast((point) => point.proven !== undefined);
  const protectedOnes = newestProven?.databases.map(({ backup }) => backup) ?? [];
  const { backups } = await night.files();
  const [oldest] = backups
    .filter((one) => one.type === 'Customer On-Demand' && !protectedOnes.includes(one.name))
    .toSorted((a, b) => Date.parse(a.restorableFrom) - Date.parse(b.restorableFrom));
  if (oldest === undefined) throw new Error(`${night.place.server} has no backup that may go`);
  const { resourceGroup, server } = night.place;
  await tellControl(night.stack, '/backdate', {
    ...{ resourceGroup, server, backup: oldest.name },
    completedTime: new Date(Date.now() - 9 * 86_400_000).toISOString(),
  });
  return oldest.name;
}

/** Kills the source server's PostgreSQL; its resource still says that it is there. */
export async function killDatabase(night: Night): Promise<void> {
  const { dataDir } = (await night.files()) as unknown as { dataDir: string };
  const pid = Number(readFileSync(path.join(dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
  kill(pid, 'SIGKILL');
}

/** Has the resource manager start the source server again, as its owner would. */
export async function startDatabase(night: Night): Promise<void> {
  const { resourceGroup, server, region } = night.place;
  const { secrets, portOffset } = night.stack;
  const identity = secrets.identities[region];
  const asked = new URLSearchParams({
    'api-version': '2019-08-01',
    resource: 'https://management.azure.com',
    client_id: identity?.clientId ?? '',
  });
  const token = await fetch(
    `http://127.0.0.1:${basePorts.identity + portOffset}/msi/token?${asked.toString()}`,
    {
      headers: { 'x-identity-header': identity?.header ?? '' },
    },
  );
  const { access_token: bearer } = (await token.json()) as { access_token: string };
  const id = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${server}`;
  const url = `https://127.0.0.1:${basePorts.manager + portOffset}${id}/start?api-version=2025-08-01`;
  const answer = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${bearer}` } });
  if (!answer.ok) throw new Error(`start of ${server}: ${await answer.text()}`);
  await until(`${server} answers again`, () => answers(night));
}

async function answers({ outsider, place }: Night): Promise<true | undefined> {
  const [server] = (await outsider.servers(place.resourceGroup)).filter(({ name }) => name === place.server);
  if (server?.properties.state !== 'Ready') return undefined;
  return outsider.query(server, place.database, 'SELECT 1').then(
    () => true,
    () => undefined,
  );
}

/** What a fault is for: requests of that method for the servers of the system's drills. */
export function drillServer({ place }: Night, method: string): object {
  return { match: { method, path: `/flexibleServers/drill-${place.system}-[^/]+$` } };
}

/** The next operation of each kind that a cycle starts takes so long. */
export async function slowOperations(night: Night, operationDelayMs: number): Promise<void> {
  const backups = { path: `/flexibleServers/${night.place.server}/backups/[^/]+$` };
  await night.control.forgetFaults();
  for (const method of ['PUT', 'DELETE']) {
    await night.control.fault({ match: { method, ...backups }, operationDelayMs });
    await night.control.fault({ ...drillServer(night, method), operationDelayMs });
  }
}
