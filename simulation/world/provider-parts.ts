/** What the model of the provider is made of. */
import type { ListedBackup } from '../../src/policy/on-demand-slots.ts';
import type { AddressRange, RestoreRequest, ServerFacts } from '../../src/ports/database-servers.ts';
import type { Timeline } from '../engine/timeline.ts';
import type { Random } from '../random.ts';

/** An accepted effect. */
export type ProviderEffect =
  | { readonly kind: 'backup' | 'delete-backup'; readonly server: string; readonly name: string }
  /** `sentAt`: when the request was sent, which may have been on its way for long. */
  | {
      readonly kind: 'restore';
      readonly server: string;
      readonly sentAt: number;
      readonly location: string;
      readonly mode: RestoreRequest['mode'];
    }
  | { readonly kind: 'delete-server'; readonly server: string };

/** A server and what belongs to it. */
export interface ModelServer {
  facts: ServerFacts;
  backups: (ListedBackup & { readonly at: number })[];
  /** What the provider let go by itself. */
  readonly expired: (ListedBackup & { readonly expiredAt: number })[];
  readonly rules: Map<string, AddressRange>;
  busyUntil: number;
  /** What was listed before the last change, and until when that may still be answered. */
  stale: { readonly backups: ListedBackup[]; readonly until: number };
}

/** An operation that was accepted; instants are true time. */
export interface ModelOperation {
  readonly endsAt: number;
  readonly failure: { readonly code: string; readonly message: string } | undefined;
}

/** What the model lives in, and how it is set. */
export interface ProviderOptions {
  readonly timeline: Timeline;
  readonly random: Random;
  /** Days after which the provider expires its own and on-demand backups. */
  readonly retentionDays: number;
  /** Minute of the day at which the automatic backup is taken. */
  readonly backupMinute: number;
  readonly operationFails: () => boolean;
}
