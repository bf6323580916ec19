/**
 * The stack that drills are measured on: one system of the embedded stack, its database filled up to a size. Rows are
 * about a kilobyte of text that does not compress, so that bytes on the disk are bytes that are restored.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import pg from 'pg';
import { narrowedEstate } from '../../test/e2e/support/estate-file.ts';
import type { LifeboatApi } from '../../test/e2e/support/lifeboat-api.ts';
import { basePorts } from '../../test/e2e/support/ports.ts';
import { TestStack } from '../../test/e2e/support/stack.ts';
import { BenchProblem } from '../problem.ts';

export const region = 'eastus';
export const system = 'unite-cloud';
export const database = 'unite';
export const source =
  '/subscriptions/8a1d5c1e-0b51-4a7e-9d3c-5f6b7c8d9e0f/resourceGroups/rg-unite-eastus/providers/Microsoft.DBforPostgreSQL/flexibleServers/unite-eastus';
const apiVersion = '2025-08-01';
const rowsAtOnce = 100_000;

export class Stand {
  readonly stack: TestStack;
  readonly api: LifeboatApi;

  private constructor(stack: TestStack) {
    this.stack = stack;
    this.api = stack.api(region);
    const ca = readFileSync(path.join(stack.stateDir, 'certificates', 'ca.pem'), 'utf8');
    setDefaultCACertificates([...getCACertificates('default'), ca]);
  }

  static async open(): Promise<Stand> {
    const stack = await TestStack.make(narrowedEstate({ [system]: [region] }));
    await stack.start(['--scale', '1', '--writer-every', '0']).says(/Serving; the timers run/);
    return new Stand(stack);
  }

  close(): Promise<void> {
    return this.stack.remove();
  }

  /** Adds rows until the database has so many bytes; returns how many it has. */
  async fill(bytes: number): Promise<number> {
    const { properties } = (await this.manage('GET', source)).body as {
      properties: { fullyQualifiedDomainName: string };
    };
    const [host = '', port] = properties.fullyQualifiedDomainName.split(':');
    const client = new pg.Client({
      ...{ host, port: Number(port), database, user: 'estateadmin', ssl: true },
      password: this.stack.secrets.administratorPassword,
    });
    await client.connect();
    try {
      await client.query(
        'CREATE TABLE IF NOT EXISTS unite.bulk (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text)',
      );
      const size = async (): Promise<number> =>
        Number(
          (await client.query<{ size: string }>('SELECT pg_database_size(current_database()) AS size'))
            .rows[0]?.size,
        );
      while ((await size()) < bytes)
        await client.query(
          `INSERT INTO unite.bulk (text)
           SELECT (SELECT string_agg(md5(n::text || '/' || m || random()), '') FROM generate_series(1, 30) m)
           FROM generate_series(1, ${Math.min(rowsAtOnce, Math.ceil((bytes - (await size())) / 1_100))}) n`,
        );
      await client.query('CHECKPOINT');
      return await size();
    } finally {
      await client.end();
    }
  }

  /** A request to the resource manager, as the region's app. */
  async manage(method: string, id: string, body?: object): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(
      `https://127.0.0.1:${basePorts.manager + this.stack.portOffset}${id}?api-version=${apiVersion}`,
      {
        method,
        headers: { authorization: `Bearer ${await this.#token()}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
    );
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
  }

  /** Runs something to its end, however long it takes; its result. */
  async run<R>(kind: 'snapshots' | 'drills', body: object = {}): Promise<R> {
    const id = await this.api.begin(kind, { system, ...body });
    for (;;) {
      const { state, result, failure } = await this.api.operation(id);
      if (state === 'succeeded') return result as R;
      if (state === 'failed' || state === 'terminated') throw new BenchProblem(`${id} ${state}: ${failure}`);
      await sleep(500);
    }
  }

  async #token(): Promise<string> {
    const identity = this.stack.secrets.identities[region];
    const url = new URL(`http://127.0.0.1:${basePorts.identity + this.stack.portOffset}/msi/token`);
    url.search = new URLSearchParams({
      ...{ 'api-version': '2019-08-01', resource: 'https://management.azure.com' },
      client_id: identity?.clientId ?? '',
    }).toString();
    const answer = await fetch(url, { headers: { 'x-identity-header': identity?.header ?? '' } });
    return ((await answer.json()) as { access_token: string }).access_token;
  }
}
