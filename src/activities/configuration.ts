/**
 * The configuration of servers: recorded with a point, given back to a restored server one parameter at a time, and read
 * again to be compared. Reading changes nothing; setting what is set already is done.
 */
import {
  missingParameters,
  recordConfiguration,
  restartServer,
  serverConfiguration,
  setParameter,
  type ServerConfiguration,
} from '../contracts/configuration.ts';
import { recoveryPoint, type PointServer, type RecoveryPoint } from '../contracts/documents.ts';
import type { OnTarget } from '../contracts/drill.ts';
import type { OperationStart } from '../contracts/operations.ts';
import { recordedPointOf } from '../contracts/played-plan.ts';
import { isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { digestOf } from '../policy/canonical-json.ts';
import { Failure } from '../policy/failure.ts';
import { reasonToLeaveOut, type Configuration } from '../policy/server-configuration.ts';
import type { DatabaseAddress } from '../ports/database.ts';
import { implement, type Activity } from './activity.ts';
import type { Dependencies } from './dependencies.ts';
import { readPlayedPlan, targetOf } from './played-plan.ts';
import { scoped, serverHere } from './scope.ts';
import { createOrRead, needDocument } from './vault-documents.ts';

export function configurationActivities(deps: Dependencies): Activity[] {
  return [
    implement(recordConfiguration, async ({ point, server, ...scope }) => {
      const { region } = scoped(deps, scope);
      const database = region.databases.find((one) => one.server === server);
      const { address } = await serverHere(deps, server);
      const rules = await deps.servers.listFirewallRules(server);
      const path = vaultPaths.configuration(scope, point, server.split('/').at(-1) ?? '');
      const document = await createOrRead(deps.vault, path, serverConfiguration, {
        schema: 'lifeboat/server-configuration/v1',
        ...scope,
        ...{ point, server, at: isoOf(deps.clock.now()) },
        firewallRules: [...rules].map(([name, { start, end }]) => ({ name, start, end })),
        ...(await readConfiguration(deps, server, { address: address ?? '', name: database?.name ?? '' })),
      });
      return { path, digest: digestOf(document) };
    }),

    implement(missingParameters, async (on) => {
      const { target, recorded } = await recordedFor(deps, on);
      const own = await deps.settings.listOwnParameters(target);
      const names = (recorded?.parameters ?? [])
        .filter((one) => reasonToLeaveOut(one) === undefined)
        .filter(({ name, value }) => !own.some((is) => is.name === name && is.value === value))
        .map(({ name }) => name);
      return { names };
    }),

    implement(setParameter, async ({ name, ...on }): Promise<OperationStart> => {
      const { target, recorded } = await recordedFor(deps, on);
      const value = recorded?.parameters.find((one) => one.name === name)?.value;
      if (value === undefined)
        throw new Failure('not-found', `no parameter ${name} was recorded`, 'Plan the run again.');
      // A restored server has none of its own: one of that name was given by an earlier attempt, in the provider's words.
      const standing = (await deps.settings.listOwnParameters(target)).find((own) => own.name === name);
      if (standing !== undefined) return { state: 'done', detail: `${name} is "${standing.value}"` };
      return deps.settings.beginParameter(target, name, value);
    }),

    implement(restartServer, async (on): Promise<OperationStart> => {
      const { target } = targetOf(await readPlayedPlan(deps, on, on.plan), on.database);
      const waiting = (await deps.settings.listOwnParameters(target)).filter((one) => one.isPendingRestart);
      return waiting.length === 0
        ? { state: 'done', detail: 'no parameter waits for a restart' }
        : deps.settings.beginRestart(target);
    }),
  ];
}

/** What a server is set to now, without its network rules. */
export async function readConfiguration(
  deps: Dependencies,
  server: string,
  at: DatabaseAddress,
): Promise<Pick<ServerConfiguration, 'parameters' | 'roles' | 'platform'>> {
  const own = await deps.settings.listOwnParameters(server);
  return {
    parameters: own.map(({ name, value }) => ({ name, value })),
    roles: await readRoles(deps, at),
    platform: { ...(await deps.settings.platformOf(server)) },
  };
}

/** Names, rights, memberships and settings; passwords, their hashes and their end are never read. */
const rolesSql = `
  SELECT r.rolname AS name,
    concat_ws(', ', CASE WHEN rolcanlogin THEN 'login' ELSE 'no login' END, CASE WHEN rolsuper THEN 'superuser' END,
      CASE WHEN rolcreatedb THEN 'createdb' END, CASE WHEN rolcreaterole THEN 'createrole' END,
      CASE WHEN rolreplication THEN 'replication' END, CASE WHEN rolbypassrls THEN 'bypassrls' END,
      CASE WHEN NOT rolinherit THEN 'noinherit' END, CASE WHEN rolconnlimit >= 0 THEN 'at most ' || rolconnlimit END) AS attributes,
    (SELECT coalesce(json_agg(DISTINCT pg_get_userbyid(m.roleid)), '[]') FROM pg_auth_members m WHERE m.member = r.oid)::text AS "memberOf",
    (SELECT coalesce(json_agg(setting ORDER BY setting), '[]') FROM pg_db_role_setting s, unnest(s.setconfig) AS setting
      WHERE s.setrole = r.oid AND s.setdatabase = 0)::text AS settings
  FROM pg_roles r ORDER BY r.rolname COLLATE "C"`;

async function readRoles(deps: Dependencies, at: DatabaseAddress): Promise<ServerConfiguration['roles']> {
  const rows = await deps.databases.withSession(at, (session) => session.query(rolesSql));
  return rows.map((row) => ({
    name: row['name'] ?? '',
    attributes: row['attributes'] ?? '',
    memberOf: JSON.parse(row['memberOf'] ?? '[]') as string[],
    settings: JSON.parse(row['settings'] ?? '[]') as string[],
  }));
}

/** The recorded configuration of the server that a point's database stood on; undefined where none was recorded. */
export async function recordedConfiguration(
  deps: Dependencies,
  scope: Scope,
  point: RecoveryPoint,
  database: string,
): Promise<ServerConfiguration | undefined> {
  const known = pointServerOf(point, database)?.configuration;
  if (known === undefined) return undefined;
  const document = await needDocument(deps.vault, known.path, serverConfiguration);
  if (digestOf(document) === known.digest) return document;
  throw new Failure(
    'bad-document',
    `the configuration ${known.path} is not the one that the point was recorded with`,
    'It was changed outside Lifeboat: drill another point and look at who changed it.',
  );
}

/** The protected server that a point's database stood on, as it was recorded: never what was made of it since. */
export function pointServerOf(point: RecoveryPoint, database: string): PointServer | undefined {
  const server = point.databases.find((one) => one.database === database)?.server;
  return point.servers?.find((one) => one.server === server);
}

async function recordedFor(
  deps: Dependencies,
  on: OnTarget,
): Promise<{ readonly target: string; readonly recorded: Configuration | undefined }> {
  const plan = await readPlayedPlan(deps, on, on.plan);
  const { target } = targetOf(plan, on.database);
  const id = recordedPointOf(plan);
  if (id === undefined) return { target, recorded: undefined };
  const point = await needDocument(deps.vault, vaultPaths.point(on, id), recoveryPoint);
  return { target, recorded: await recordedConfiguration(deps, on, point, on.database) };
}
