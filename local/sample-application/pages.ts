/** What the application shows of the laboratory: every answer is a query of the database that it is pointed at. */
import type pg from 'pg';
import type { Connection } from './connection.ts';

export interface Page {
  readonly status: number;
  readonly body: object;
}

/** What a system runs on, as the database there says it. */
export async function showProduction(connection: Connection | undefined): Promise<Page> {
  if (connection === undefined) return { status: 503, body: { problem: 'nobody has pointed it anywhere' } };
  const { pool, place } = connection;
  const { rows } = await pool.query<object>(
    'SELECT current_database() AS database, pg_postmaster_start_time() AS started_at',
  );
  return ok({ host: place.host, port: place.port, ...rows[0] });
}

type Show = (pool: pg.Pool, asked: URL) => Promise<Page>;

const ok = (body: object): Page => ({ status: 200, body });

/** By path. */
export const pages: Readonly<Record<string, Show>> = {
  '/health': async (pool) => {
    await pool.query('SELECT 1');
    return ok({ status: 'ready' });
  },
  '/jobs': async (pool) => {
    const { rows } = await pool.query<object>(
      'SELECT number, status, due_on FROM lms.job ORDER BY received_at DESC, number LIMIT 10',
    );
    return ok({ jobs: rows });
  },
  '/job': async (pool, asked) => {
    const { rows } = await pool.query<object>(
      'SELECT number, status, teeth, received_at, due_on FROM lms.job WHERE number = $1',
      [asked.searchParams.get('number')],
    );
    const [job] = rows;
    return job === undefined ? { status: 404, body: { problem: 'there is no such job' } } : ok(job);
  },
  '/invoices/check': async (pool) => {
    const { rows } = await pool.query<{ invoices: number; wrong: number }>(
      `SELECT count(*)::int AS invoices, (count(*) FILTER (WHERE net <> lines))::int AS wrong
       FROM (SELECT i.net, coalesce(sum(l.amount), 0) AS lines
             FROM lms.invoice i LEFT JOIN lms.invoice_line l ON l.invoice_id = i.id GROUP BY i.id) AS each`,
    );
    return ok(rows[0] ?? {});
  },
};
