/**
 * Runs BASE_BACKUP over the replication protocol inside an ordinary `pg` session. The answer is a row with the start
 * position, a copy stream of typed messages (archives, their bytes, the manifest), and a row with the stop position.
 */
import pg from 'pg';

/** What a finished BASE_BACKUP tells. */
export interface BaseBackupAnswer {
  readonly startLsn: string;
  readonly stopLsn: string;
  readonly timeline: number;
  readonly manifest: string;
}

const message = { newArchive: 0x6e, manifest: 0x6d, data: 0x64 } as const;

/**
 * Takes a base backup with page verification and a SHA-256 manifest; `onTar` receives the tar stream piece by piece.
 * It does not wait for the archive: the caller closes the segment itself, which is faster than PostgreSQL's polling.
 */
export async function queryBaseBackup(
  connection: pg.ClientConfig,
  label: string,
  onTar: (bytes: Buffer) => void,
): Promise<BaseBackupAnswer> {
  const options = { ...connection, replication: 'true' } as pg.ClientConfig;
  const client = new pg.Client(options);
  client.on('error', () => undefined);
  await client.connect();
  try {
    const query = new BaseBackupQuery(baseBackupCommand(client.escapeLiteral(label)), onTar);
    client.query(query as unknown as pg.Submittable);
    return await query.answer;
  } finally {
    await client.end();
  }
}

function baseBackupCommand(label: string): string {
  const options = [
    "CHECKPOINT 'fast'",
    'WAL false',
    'WAIT false',
    "MANIFEST 'yes'",
    "MANIFEST_CHECKSUMS 'SHA256'",
  ];
  return `BASE_BACKUP (LABEL ${label}, ${options.join(', ')}, VERIFY_CHECKSUMS true)`;
}

/** A query object in the sense of `pg`: the client calls these handlers as messages arrive. */
class BaseBackupQuery {
  readonly answer: Promise<BaseBackupAnswer>;
  private readonly command: string;
  private readonly onTar: (bytes: Buffer) => void;
  private readonly rows: string[][] = [];
  private readonly manifest: Buffer[] = [];
  private readonly settle: { resolve: (answer: BaseBackupAnswer) => void; reject: (error: Error) => void };
  private inManifest = false;
  private failure: Error | undefined;

  constructor(command: string, onTar: (bytes: Buffer) => void) {
    this.command = command;
    this.onTar = onTar;
    const { promise, resolve, reject } = Promise.withResolvers<BaseBackupAnswer>();
    this.answer = promise;
    this.settle = { resolve, reject };
  }

  submit(connection: { query(text: string): void }): void {
    connection.query(this.command);
  }

  handleDataRow(row: { fields: string[] }): void {
    this.rows.push(row.fields);
  }

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    const kind = chunk[0];
    if (kind === message.newArchive) this.inManifest = false;
    if (kind === message.manifest) this.inManifest = true;
    if (kind !== message.data || this.failure !== undefined) return;
    const bytes = chunk.subarray(1);
    if (this.inManifest) this.manifest.push(Buffer.from(bytes));
    else this.deliver(bytes);
  }

  handleError(error: Error): void {
    this.failure ??= error;
    this.settle.reject(error);
  }

  handleReadyForQuery(): void {
    if (this.failure !== undefined) return this.settle.reject(this.failure);
    const [start, stop] = [this.rows[0], this.rows.at(-1)];
    this.settle.resolve({
      startLsn: start?.[0] ?? '',
      timeline: Number(start?.[1]),
      stopLsn: stop?.[0] ?? '',
      manifest: Buffer.concat(this.manifest).toString(),
    });
  }

  handleRowDescription(): void {}
  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyInResponse(): void {}

  // A full disk must end the backup, not the process: the rest of the stream is read and dropped.
  private deliver(bytes: Buffer): void {
    try {
      this.onTar(bytes);
    } catch (error) {
      this.failure = error as Error;
    }
  }
}
