/**
 * Everything that retention judges, as plain facts. Who gathers them decides nothing; what decides reads nothing.
 * Ids are unique within a kind; an id that comes twice with different facts is never deleted.
 */
import type { DateTime } from 'luxon';

/** What holds a thing back from deletion: a hold, or somebody who is reading it right now. */
export interface Pin {
  readonly kind: 'legal-hold' | 'restore' | 'drill';
  /** Who or what holds it: a person, a restore's or a drill's id. */
  readonly by: string;
  readonly reason: string;
  /** Held up to this instant, and not at it; undefined: until it is taken away. */
  readonly until: DateTime | undefined;
}

interface Judged {
  readonly id: string;
  /** When it was complete; undefined or invalid: not known, so that its age cannot be judged. */
  readonly completedAt: DateTime | undefined;
  readonly pins: readonly Pin[];
}

/** Whether both halves of a recovery point are there: the databases, and the blobs that their rows refer to. */
export type PointCondition =
  | { readonly state: 'whole' }
  | { readonly state: 'failed'; readonly because: string }
  /** A record, a fingerprint or an inventory is not there. */
  | { readonly state: 'incomplete'; readonly missing: readonly string[] }
  /** What is there could not be read back as it was written. */
  | { readonly state: 'unverified'; readonly because: string };

/** What the last drill that came to a verdict said of a recovery point. */
export type PointProof =
  | { readonly state: 'unproven' }
  | { readonly state: 'proven'; readonly at: DateTime; readonly drill: string }
  | { readonly state: 'drill-failed'; readonly at: DateTime; readonly drill: string };

export type PointSource = 'automatic' | 'on-demand' | 'instant' | 'export';

/** A recovery point, of one database server or of several at once: it goes as one or stays as one. */
export interface PointItem extends Judged {
  readonly kind: 'recovery-point';
  readonly source: PointSource;
  /** Whose backup it is, by its name; automatic backups and instants are the provider's whatever stands here. */
  readonly owner: 'lifeboat' | 'person';
  /** The database servers that it brings back, at least one. */
  readonly servers: readonly string[];
  /** A chain base is what point-in-time recovery replays from. */
  readonly role: 'self-contained' | 'chain-base';
  readonly condition: PointCondition;
  readonly proof: PointProof;
  /** A tombstone stands on it: its deletion was begun, so it covers nothing any more. */
  readonly isMarked: boolean;
  /** When the provider expires it; undefined: not known, or never. */
  readonly providerExpiresAt: DateTime | undefined;
}

/** A dump in a container: part of an export point, or left over from one that was never recorded. */
export interface DumpItem extends Judged {
  readonly kind: 'exported-dump';
  readonly point: string | undefined;
  readonly servers: readonly string[];
}

/** A snapshot of a blob, or a version of it: `isCurrent` is false for every snapshot. */
export interface CopyItem extends Judged {
  readonly kind: 'blob-snapshot' | 'blob-version';
  readonly store: string;
  readonly blob: string;
  readonly isCurrent: boolean;
  /** The last scan found the blob damaged: the copy may be what it is repaired from. */
  readonly blobIsDamaged: boolean;
}

/** A blob of a content store that the last look found no reference to; `completedAt` is when it was last modified. */
export interface UnreferencedItem extends Judged {
  readonly kind: 'unreferenced-blob';
  readonly store: string;
  readonly blob: string;
  /** Every look in a row that found it without reference, up to the last one. */
  readonly marks: readonly DateTime[];
  /** Retained recovery points, or the live database, that do refer to it. */
  readonly referencedBy: readonly string[];
}

/** A server that a drill made; `completedAt` is when it was created. */
export interface DrillServerItem extends Judged {
  readonly kind: 'drill-server';
  readonly drill: string;
  /** From its tag; undefined: its creation and the time to live decide. */
  readonly expiresAt: DateTime | undefined;
  /** Why the guard of server removal refuses it; empty when it does not. */
  readonly refusals: readonly string[];
}

/** The history of an orchestration; `completedAt` is when it ended. */
export interface HistoryItem extends Judged {
  readonly kind: 'history';
  readonly isRunning: boolean;
}

/** A report of the project's own; `completedAt` is when it was finalized. */
export interface ReportItem extends Judged {
  readonly kind: 'report';
  /** The recovery point that it proves; undefined for every other report. */
  readonly proves: string | undefined;
}

/** A record of something that was done, in the vault; `completedAt` is when it was written last. */
export interface DocumentItem extends Judged {
  readonly kind: 'own-document';
  /** What still goes by it, in words; undefined: nothing. Only known of one that is past its days. */
  readonly neededBy: string | undefined;
}

export type RetentionItem =
  | PointItem
  | DumpItem
  | CopyItem
  | UnreferencedItem
  | DrillServerItem
  | HistoryItem
  | ReportItem
  | DocumentItem;

/** What is known of a content store beside its blobs. */
export interface StoreFacts {
  readonly store: string;
  /** The operator switched the deletion of unreferenced blobs on. */
  readonly deletesUnreferenced: boolean;
  readonly hasSoftDelete: boolean;
  readonly hasVersioning: boolean;
  /** The database servers whose rows refer to it. */
  readonly servers: readonly string[];
  /** Those databases can be brought back to any instant of the window, not to recorded points alone. */
  readonly hasInstants: boolean;
  /** Recovery points whose inventory of this store could not be read. */
  readonly unreadInventories: readonly string[];
  /** How many blobs the store holds. */
  readonly blobs: number;
}

/** Everything of one system in one region. */
export interface RetentionCatalogue {
  readonly items: readonly RetentionItem[];
  readonly stores: readonly StoreFacts[];
}

/** What keeps every deletion from being made: facts about the run itself, in words. Empty or undefined: no doubt. */
export interface RetentionDoubts {
  /** Why the clock is not to be trusted. */
  readonly clock: string | undefined;
  /** What could not be listed to its end, and why. */
  readonly listing: readonly string[];
  /** What the provider answered so that it can be read in two ways. */
  readonly provider: readonly string[];
}

/** A run that nothing is in doubt of. */
export const noDoubts: RetentionDoubts = { clock: undefined, listing: [], provider: [] };
