/**
 * The roles of a managed server: `azure_pg_admin` with what the provider gives its customers, the administrator login,
 * and one role per managed identity whose password is that identity's current token.
 */
import type pg from 'pg';
import type { Identity, IssuedToken } from '../identity/token-issuer.ts';
import type { Cluster } from '../postgres/cluster.ts';

const administrators = 'azure_pg_admin';

/** Prepares a new cluster: the group, the extensions that every database gets, and the administrator. */
export async function prepareRoles(cluster: Cluster, login: string, password: string): Promise<void> {
  await cluster.withSession(async (client) => {
    await client.query(`CREATE ROLE ${administrators} NOLOGIN CREATEDB CREATEROLE`);
    await client.query(
      `GRANT pg_read_all_data, pg_write_all_data, pg_monitor, pg_signal_backend, pg_checkpoint, pg_maintain
       TO ${administrators} WITH ADMIN OPTION`,
    );
    await client.query(
      `CREATE ROLE ${client.escapeIdentifier(login)} LOGIN CREATEDB CREATEROLE IN ROLE ${administrators}`,
    );
    await setAdministratorPassword(client, login, password);
    await client.query(`ALTER DATABASE postgres OWNER TO ${administrators}`);
  });
  // Extensions that the provider lets its administrators create: here every new database has them from its template.
  for (const database of ['template1', 'postgres']) await cluster.withSession(addExtensions, database);
}

async function addExtensions(client: pg.Client): Promise<void> {
  await client.query('CREATE EXTENSION IF NOT EXISTS amcheck');
  await client.query('CREATE EXTENSION IF NOT EXISTS pg_prewarm');
  await client.query(`GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO ${administrators}`);
}

/** Changes the administrator's password. */
export async function setAdministratorPassword(
  client: pg.Client,
  login: string,
  password: string,
): Promise<void> {
  await client.query(
    `ALTER ROLE ${client.escapeIdentifier(login)} PASSWORD ${client.escapeLiteral(password)}`,
  );
}

/** Creates the identities' roles where they are missing. */
export async function ensurePrincipals(cluster: Cluster, identities: readonly Identity[]): Promise<void> {
  await cluster.withSession(async (client) => {
    for (const { principal } of identities) {
      const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [principal]);
      if (rowCount !== 0) continue;
      const role = client.escapeIdentifier(principal);
      await client.query(`CREATE ROLE ${role} LOGIN CREATEDB CREATEROLE IN ROLE ${administrators}`);
    }
  });
}

/** Makes a database token the password of its role until the token expires. */
export async function setTokenPassword(
  cluster: Cluster,
  principal: string,
  token: IssuedToken,
): Promise<void> {
  const verifier = token.passwordVerifier;
  if (verifier === undefined) throw new Error(`The token of ${principal} is not made for databases`);
  await cluster.withSession(async (client) => {
    const role = client.escapeIdentifier(principal);
    const end = client.escapeLiteral(new Date(token.expiresAtSeconds * 1000).toISOString());
    await client.query(
      `ALTER ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(verifier)} VALID UNTIL ${end}`,
    );
  });
}
