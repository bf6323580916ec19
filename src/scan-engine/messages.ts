/** What the main thread and a scan thread say to each other. Records cross as bytes that change hands, not as copies. */
import { failureFrom, type FailureFacts } from '../policy/failure.ts';
import { ScrubRecords } from '../policy/scrub-records.ts';
import type { ScannedPortion, ScanPortion, ScanProgress } from '../ports/blob-scanner.ts';
import type { Authorization, AuthorizationRequest } from './authorization.ts';
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
  | { readonly kind: 'authorization'; readonly id: number; readonly authorization: Authorization }
  | { readonly kind: 'no-authorization'; readonly id: number; readonly failure: FailureFacts };

export type FromThread =
  | { readonly kind: 'progress'; readonly progress: ScanProgress }
  | { readonly kind: 'authorize'; readonly id: number; readonly request: AuthorizationRequest }
  | { readonly kind: 'scanned'; readonly result: SentResult }
  | { readonly kind: 'failed'; readonly failure: FailureFacts };

/** The records as the other side reads them. */
export const receivedRecords = ({ bytes, digestBytes }: SentRecords): ScrubRecords =>
  new ScrubRecords(bytes, digestBytes);

/** What was thrown, as it can be sent. */
export const factsOf = (thrown: unknown): FailureFacts => failureFrom(thrown).facts();
