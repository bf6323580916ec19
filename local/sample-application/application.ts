/**
 * A small laboratory application, which a drill points at the server that it restored. It has no database until the
 * start hook names one, signs in to it with an identity of its own, and forgets it when the stop hook says so. Beside
 * that it shows what each system runs on: where a cutover has pointed it last.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { smokeStart, smokeStop } from '../../src/contracts/smoke.ts';
import { handleWith, listenOnLoopback } from '../identity/loopback-server.ts';
import type { SampleApplicationConfig } from './config.ts';
import { connect, type Connection } from './connection.ts';
import { pages, showProduction, type Page } from './pages.ts';
import { pointOrder, type PointOrder } from './point-order.ts';

export interface SampleApplication {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts it. */
export async function startSampleApplication(config: SampleApplicationConfig): Promise<SampleApplication> {
  const pointing = new Pointing(config);
  const handler = handleWith(async (request, response) => {
    const { status, body } = await answer(pointing, request).catch((error: Error) =>
      problem(500, error.message),
    );
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(body));
  });
  const { certFile, keyFile } = config.tls;
  const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  const server = await listenOnLoopback(https.createServer(tls, handler), config.port);
  return {
    url: `https://127.0.0.1:${server.port}`,
    close: async () => {
      await server.close();
      await pointing.leave();
    },
  };
}

const problem = (status: number, what: string): Page => ({ status, body: { problem: what } });

async function answer(pointing: Pointing, request: IncomingMessage): Promise<Page> {
  const url = new URL(request.url ?? '/', 'https://127.0.0.1');
  const production = /^\/production\/([a-z0-9-]+)$/.exec(url.pathname)?.[1];
  if (request.method === 'GET' && production !== undefined)
    return showProduction(pointing.production.get(production));
  if (request.method === 'POST') return hook(pointing, url.pathname, JSON.parse(await text(request)));
  const show =
    request.method === 'GET' && Object.hasOwn(pages, url.pathname) ? pages[url.pathname] : undefined;
  if (show === undefined) return problem(404, 'there is no such page');
  const { current } = pointing;
  return current === undefined ? problem(503, 'no database') : show(current.pool, url);
}

async function hook(pointing: Pointing, path: string, body: unknown): Promise<Page> {
  const [start, stop] = [smokeStart.safeParse(body), smokeStop.safeParse(body)];
  if (path === '/hooks/start' && start.success) {
    const [first] = start.data.databases;
    const { host, port, name } = first ?? { host: '', port: 5432, name: '' };
    const place = { run: start.data.run, host, port, name };
    await pointing.to(connect(place, pointing.config.identity));
    return { status: 202, body: { run: start.data.run } };
  }
  const point = pointOrder.safeParse(body);
  if (path === '/hooks/point' && point.success) return pointing.point(point.data);
  if (path !== '/hooks/stop' || !stop.success) return problem(400, 'this is no order of a drill');
  if (pointing.current?.run === stop.data.run) await pointing.away();
  return { status: 200, body: { run: stop.data.run } };
}

/** The database that a drill has it work with, and what each system runs on. */
class Pointing {
  readonly config: SampleApplicationConfig;
  current: Connection | undefined;
  /** By system. */
  readonly production = new Map<string, Connection>();

  constructor(config: SampleApplicationConfig) {
    this.config = config;
  }

  async to(connection: Connection): Promise<void> {
    await this.away();
    this.current = connection;
  }

  /** The same order twice is one. */
  async point({ system, host, port, database }: PointOrder): Promise<Page> {
    const before = this.production.get(system);
    const place = { run: system, host, port: Number(port), name: database };
    this.production.set(system, connect(place, this.config.identity));
    await before?.pool.end();
    return { status: 200, body: { system, host, port } };
  }

  async leave(): Promise<void> {
    await this.away();
    for (const { pool } of this.production.values()) await pool.end();
    this.production.clear();
  }

  async away(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    await current?.pool.end();
  }
}
