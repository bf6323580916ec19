/**
 * The log of signed changes: gives each record its sequence and the hash of the one before.
 * Invariant: whoever appends to the stored log holds the lock on its head row until the transaction ends.
 */
import type { Client } from 'pg';
import type { StoredBlob } from '../blobs.ts';
import type { ChangeOperation } from '../../../src/policy/change-records.ts';
import { hashChangeRecord, type ChangeSigner } from '../change-record.ts';
import { bytea } from '../rows.ts';

/** A device that signs, and the public key (raw point) of the tenant that it seals for. */
export interface SigningDevice {
  readonly id: string;
  readonly tenantId: string;
  readonly recipient: Buffer;
  readonly signer: ChangeSigner;
}

/** A change that is to be signed; `blob` is the stored content, absent for a delete. */
export interface ChangeEntry {
  readonly object: string;
  readonly device: SigningDevice;
  readonly operation: ChangeOperation;
  readonly blob: StoredBlob | undefined;
  readonly at: string;
}

const logName = 'cloudstorage.change_record';

/** Appends signed records in order; a new one begins at the start of an empty log. */
export class ChangeLog {
  #sequence = 0;
  #hash: Buffer | undefined;

  /** Goes on behind the stored log's last record; locks the head until the caller's transaction ends. */
  static async resume(client: Client): Promise<ChangeLog> {
    const { rows } = await client.query<{ last_sequence: string; last_hash: Buffer | null }>(
      'SELECT last_sequence, last_hash FROM cloudstorage.change_log_head WHERE log = $1 FOR UPDATE',
      [logName],
    );
    if (!rows[0]) throw new Error('cloudstorage.change_log_head has lost its row: seed the database again');
    const log = new ChangeLog();
    log.#sequence = Number(rows[0].last_sequence);
    log.#hash = rows[0].last_hash ?? undefined;
    return log;
  }

  /** Signs the change and returns its row of `cloudstorage.change_record`. */
  append({ object, device, operation, blob, at }: ChangeEntry) {
    this.#sequence++;
    const jws = device.signer.sign({
      sequence: this.#sequence,
      object,
      operation,
      address: blob?.hex ?? null,
      size: blob?.size ?? 0,
      at,
      previous: this.#hash?.toString('hex') ?? null,
    });
    this.#hash = hashChangeRecord(jws);
    const hash = bytea(this.#hash);
    return {
      sequence: this.#sequence,
      object_id: object,
      device_id: device.id,
      operation,
      at,
      record_hash: hash,
      jws,
    };
  }

  /** Stores the head in the caller's transaction. */
  async saveHead(client: Client): Promise<void> {
    await client.query(
      'UPDATE cloudstorage.change_log_head SET last_sequence = $2, last_hash = $3 WHERE log = $1',
      [logName, this.#sequence, this.#hash ?? null],
    );
  }
}
