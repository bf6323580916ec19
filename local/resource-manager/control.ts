/**
 * The control endpoint: what tests may see and break. It is no part of the resource manager that the product knows; it
 * listens on its own loopback port, only when configured, and asks for a secret.
 */
import { timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import { z } from 'zod';
import { handleWith, listenOnLoopback, type LoopbackServer } from '../identity/loopback-server.ts';
import { takeBackup } from './backups.ts';
import { archiveDir, backupDir, backupsDir, serverDir, type Context } from './context.ts';
import type { Maintenance } from './maintenance.ts';
import type { Fault, ServerRecord } from './model.ts';
import type { Operations } from './operations.ts';
import { serverKey } from './state-store.ts';

const code = z.object({ code: z.string(), message: z.string() });

const faultSchema = z.object({
  match: z.object({ method: z.string().optional(), path: z.string().optional() }).default({}),
  times: z.number().int().positive().default(1),
  status: z.number().int().min(400).max(599).optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  retryAfter: z.number().nonnegative().optional(),
  delayMs: z.number().nonnegative().optional(),
  operationError: code.optional(),
  operationNeverEnds: z.boolean().optional(),
  operationDelayMs: z.number().nonnegative().optional(),
  afterwards: z.object({ database: z.string(), sql: z.string() }).optional(),
  pollUrlHost: z.string().optional(),
});

const serverRef = { resourceGroup: z.string(), server: z.string() };
const serverSchema = z.object(serverRef);
const backdateSchema = z.object({
  ...serverRef,
  backup: z.string(),
  completedTime: z.iso.datetime({ offset: true }),
});
const identitySchema = z.object({ down: z.boolean() });
const clockSchema = z.object({ dateOffsetMs: z.number() });

/** Starts the control endpoint. */
export async function startControl(
  context: Context,
  operations: Operations,
  maintenance: Maintenance,
  secret: string,
  port: number,
): Promise<LoopbackServer> {
  const handler = handleWith(async (request, response) => {
    const { status, body } = await answer(context, operations, maintenance, secret, request).catch(
      (error: Error) => ({ status: 400, body: { error: error.message } }),
    );
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  return listenOnLoopback(http.createServer(handler), port);
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function answer(
  context: Context,
  operations: Operations,
  maintenance: Maintenance,
  secret: string,
  request: http.IncomingMessage,
): Promise<Answer> {
  if (!isSecret(request.headers['x-control-secret'], secret))
    return { status: 401, body: { error: 'Wrong secret' } };
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const body: unknown = pieces.length === 0 ? {} : JSON.parse(Buffer.concat(pieces).toString());
  const { state } = context.store;
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /effects':
      return ok({ counts: state.effectCounts, effects: state.effects });
    case 'GET /faults':
      return ok(state.faults);
    case 'POST /faults':
      return change(context, () => state.faults.push(faultSchema.parse(body) as Fault));
    case 'DELETE /faults':
      return change(context, () => (state.faults = []));
    case 'POST /release':
      await operations.release();
      return ok({});
    case 'POST /identity':
      return change(context, () => (state.identityIsDown = identitySchema.parse(body).down));
    case 'GET /clock':
      return ok({ now: new Date().toISOString(), dateOffsetMs: state.dateOffsetMs });
    case 'POST /clock':
      return change(context, () => (state.dateOffsetMs = clockSchema.parse(body).dateOffsetMs));
    case 'POST /backdate':
      return change(context, () => backdate(context, backdateSchema.parse(body)));
    case 'POST /maintenance':
      await maintenance.run();
      return ok({});
    case 'POST /automatic-backup':
      await takeAutomaticBackup(context, serverSchema.parse(body));
      return ok({});
    case 'GET /server':
      return ok(describeServer(context, url.searchParams));
    default:
      return { status: 404, body: { error: `Unknown: ${request.method} ${url.pathname}` } };
  }
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function change(context: Context, work: () => unknown): Answer {
  work();
  context.store.save();
  return ok({});
}

function backdate(context: Context, request: z.infer<typeof backdateSchema>): void {
  const server = findServer(context, request.resourceGroup, request.server);
  const backup = server.backups.find((each) => each.name === request.backup);
  if (backup === undefined) throw new Error(`The server ${server.name} has no backup ${request.backup}`);
  backup.completedTime = new Date(request.completedTime).toISOString();
}

async function takeAutomaticBackup(context: Context, request: z.infer<typeof serverSchema>): Promise<void> {
  await takeBackup(context, findServer(context, request.resourceGroup, request.server), 'Full');
}

function describeServer(context: Context, query: URLSearchParams): unknown {
  const server = findServer(context, query.get('resourceGroup') ?? '', query.get('server') ?? '');
  const { config } = context;
  return {
    name: server.name,
    state: server.state,
    port: server.port,
    dir: serverDir(config, server),
    dataDir: `${serverDir(config, server)}/data`,
    archiveDir: archiveDir(config, server),
    backupsDir: backupsDir(config, server),
    backups: server.backups.map((backup) => ({ ...backup, dir: backupDir(config, server, backup) })),
  };
}

function findServer(context: Context, resourceGroup: string, name: string): ServerRecord {
  const server = context.store.server(serverKey(resourceGroup, name));
  if (server === undefined) throw new Error(`There is no server ${name} in ${resourceGroup}`);
  return server;
}

function isSecret(given: string | string[] | undefined, secret: string): boolean {
  const bytes = Buffer.from(typeof given === 'string' ? given : '');
  const expected = Buffer.from(secret);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
