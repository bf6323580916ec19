/**
 * What the main thread and a scan thread say to each other, and one scan thread to another that reads for it. Records
 * cross as bytes that change hands, not as copies.
 */
import type { MessagePort } from 'node:worker_threads';
import { failureFrom, type FailureFacts } from '../policy/failure.ts';
import { ScrubRecords } from '../policy/scrub-records.ts';
import type { ScannedPortion, ScanPortion, ScanProgress } from '../ports/blob-scanner.ts';
import type { Authorization, AuthorizationRequest } from './authorization.ts';
import type { BlobBatch, ReadBatch } from './blob-batch.ts';
import type { EngineSettings } from './settings.ts';

/** Packed records on their way. */
export interface SentRecords {
  readonly bytes: Uint8Array;
  readonly digestBytes: number;
}

/** A portion on its way; `nowMilliseconds` is the wall clock, which a scan thread does not read itself. */
export interface SentPortion extends Omit<ScanPortion, 'known'> {
  readonly known: SentRecords;
  readonly nowMilliseconds: number;
}

/** What a portion came to, on its way. */
export interface SentResult extends Omit<ScannedPortion, 'records'> {
  readonly records: SentRecords;
}

/** Given to a thread when it starts. */
export interface ThreadData {
  readonly settings: EngineSettings;
}

export type ToThread =
  | { readonly kind: 'scan'; readonly portion: SentPortion }
  /** Another thread reads what is sent to this port; none: there is none free. */
  | { readonly kind: 'lent'; readonly port: MessagePort | undefined }
  /** Batches that come from this port are to be read, until it is closed. */
  | { readonly kind: 'read-for'; readonly port: MessagePort }
  | { readonly kind: 'authorization'; readonly id: number; readonly authorization: Authorization }
  | { readonly kind: 'no-authorization'; readonly id: number; readonly failure: FailureFacts };

export type FromThread =
  | { readonly kind: 'progress'; readonly progress: ScanProgress }
  | { readonly kind: 'authorize'; readonly id: number; readonly request: AuthorizationRequest }
  /** Another thread is wanted, even if it has to be started. */
  | { readonly kind: 'lend'; readonly isWorthStart: boolean }
  /** Nothing more is to be read for another thread. */
  | { readonly kind: 'free' }
  | { readonly kind: 'scanned'; readonly result: SentResult }
  | { readonly kind: 'failed'; readonly failure: FailureFacts };

/** What a thread is sent by the one that it reads for, and what it answers. */
export type ToReader = BlobBatch;
export type FromReader =
  | { readonly kind: 'read'; readonly read: ReadBatch }
  | { readonly kind: 'failed'; readonly failure: FailureFacts };

/** The records as the other side reads them. */
export const receivedRecords = ({ bytes, digestBytes }: SentRecords): ScrubRecords =>
  new ScrubRecords(bytes, digestBytes);

/** What was thrown, as it can be sent. */
export const factsOf = (thrown: unknown): FailureFacts => failureFrom(thrown).facts();
