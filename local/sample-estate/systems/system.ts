/**
 * What a sample system is to the seed and to the writer: a schema, a blob layout, a plan of batches and a way to add
 * one case. Invariant of a batch: its blobs are stored before its rows are written, and its rows are one transaction.
 */
import type { Client } from 'pg';
import type { StoredBlob, GeneratedBlob } from '../blobs.ts';
import type { Random } from '../random.ts';
import type { Timeline } from '../timeline.ts';

/** The systems of the sample estate. */
export type SystemName = 'unite-cloud' | 'cloud-storage' | 'lms';

/** What a seed is planned from; `scale` 1 is the full size. */
export interface PlanContext {
  readonly region: string;
  readonly seed: number;
  readonly scale: number;
  readonly timeline: Timeline;
  readonly stateDir: string;
}

/** A blob to be generated when its turn comes, so that memory holds only a few. */
export interface PlannedBlob {
  generate(): GeneratedBlob;
  /** False for content whose address is on record but which was lawfully purged before today. */
  readonly upload: boolean;
}

/** Blobs and the rows that refer to them. */
export interface Batch {
  readonly blobs: readonly PlannedBlob[];
  /** Writes the rows inside the caller's transaction; `stored` is in the order of `blobs`. Returns the row count. */
  write(client: Client, stored: readonly StoredBlob[]): Promise<number>;
}

/** A whole seed: batches in chronological order. */
export interface SeedPlan {
  readonly blobCount: number;
  readonly batches: Iterable<Batch>;
}

/** What the writer hands to a system for one case. */
export interface CaseContext {
  readonly client: Client;
  readonly region: string;
  readonly random: Random;
  readonly now: Date;
  readonly stateDir: string;
  /** Stores the content under its address and returns it; idempotent. */
  store(blob: GeneratedBlob): Promise<StoredBlob>;
}

/** Rows and blobs that were added. */
export interface Written {
  readonly rows: number;
  readonly blobs: number;
}

/** One system of the sample estate. */
export interface SampleSystem {
  readonly schema: string;
  readonly sqlFile: string;
  /** The blob's name in its container. */
  blobName(hexDigest: string): string;
  plan(context: PlanContext): Promise<SeedPlan>;
  /** Adds one case with its blobs: blobs first, then the rows in one transaction. */
  addCase(context: CaseContext): Promise<Written>;
}
