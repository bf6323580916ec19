/**
 * Connections that may be lost at any time: watched for their end, checked for an answer, opened again like another
 * one. Invariant: the loss of a watched connection never ends the process, and nothing here waits without a deadline.
 */
import { Client } from 'pg';

const connectDeadlineMs = 10_000;
const closeDeadlineMs = 2_000;

/** A client that is watched for its end. */
export interface WatchedConnection {
  readonly client: Client;
  /** False once the connection is known to be lost. */
  isUsable(): boolean;
  /** Whether the server answers over this connection within two seconds. */
  answers(): Promise<boolean>;
  /** Closes the connection if it is the watcher's own. */
  release(): Promise<void>;
}

/** Listens for the loss of a connection, which would end the process if nobody did. */
export function watch(client: Client, isOwn: boolean): WatchedConnection {
  let lost = false;
  const onLoss = () => {
    lost = true;
  };
  client.on('error', onLoss);
  client.on('end', onLoss);
  return {
    client,
    isUsable: () => !lost,
    answers: async () => !lost && (await isAnswering(client)),
    release: async () => {
      // The error listener of a foreign client stays: its loss may still be under way.
      if (isOwn) await closeQuietly(client);
    },
  };
}

function isAnswering(client: Client): Promise<boolean> {
  return withDeadline(closeDeadlineMs, () => client.query('SELECT 1')).then(
    () => true,
    () => false,
  );
}

/** Ends the connection, at once when the server does not answer. */
async function closeQuietly(client: Client): Promise<void> {
  await withDeadline(closeDeadlineMs, () => client.end()).catch(() => client.connection.stream.destroy());
}

/** Opens a connection to where another one led, as the same user. */
export async function openLike(lost: Client): Promise<Client> {
  const { host, port, user, database, password, ssl } = lost;
  const client = new Client({
    host,
    port,
    ...(user === undefined ? {} : { user }),
    ...(database === undefined ? {} : { database }),
    ...(password === null ? {} : { password }),
    ssl,
    connectionTimeoutMillis: connectDeadlineMs,
  });
  // Until the writer watches it, a loss during the login must not end the process: connect() reports it.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Work that took too long and may still be going on. */
export class LateError extends Error {}

/** Gives up waiting after the deadline with a LateError; the work itself cannot be stopped and may go on. */
export async function withDeadline<T>(deadlineMs: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LateError(`no answer within ${deadlineMs / 1_000} s`)), deadlineMs);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
