/** What activities work with: the ports, the estate, and who this deployment is. */
import type { Estate } from '../contracts/estate.ts';
import type { BlobCopies, BlobWriter } from '../ports/blob-copies.ts';
import type { BlobScanner } from '../ports/blob-scanner.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContentDeleter, ContentStores } from '../ports/content-store.ts';
import type { Databases } from '../ports/database.ts';
import type { ServerDeleter, ServerReader, ServerWriter } from '../ports/database-servers.ts';
import type { HttpRequests } from '../ports/http-requests.ts';
import type { LogSegments } from '../ports/log-segments.ts';
import type { ServerSettings } from '../ports/server-settings.ts';
import type { ReferenceClocks } from '../ports/reference-clocks.ts';
import type { ScratchDeleter, ScratchStore } from '../ports/scratch.ts';
import type { Signer } from '../ports/signer.ts';
import type { Vault, VaultDeleter, VaultLogs, VaultStreams } from '../ports/vault.ts';
import type { AuditLog } from './audit-log.ts';

export interface Dependencies {
  readonly estate: Estate;
  readonly estateDigest: string;
  /** The region of this deployment; it touches nothing elsewhere. */
  readonly region: string;
  readonly softwareVersion: string;
  /** Who acts when no person does: the name in the audit log. */
  readonly actor: string;
  readonly clock: Clock;
  readonly vault: Vault & VaultStreams & VaultLogs;
  /** What only the guarded remover may hold. */
  readonly vaultDeleter: VaultDeleter;
  readonly auditLog: AuditLog;
  /** The segments of the vault's audit logs, and those of their checkpoints, which lie elsewhere. */
  readonly segments: LogSegments;
  readonly checkpoints: LogSegments;
  readonly servers: ServerReader & ServerWriter;
  readonly settings: ServerSettings;
  readonly deleter: ServerDeleter;
  readonly databases: Databases;
  readonly contents: ContentStores;
  readonly contentDeleter: ContentDeleter;
  readonly scanner: BlobScanner;
  readonly copies: BlobCopies;
  /** What only the guarded restorer may hold. */
  readonly blobWriter: BlobWriter;
  readonly referenceClocks: ReferenceClocks;
  readonly signer: Signer;
  /** Containers of Lifeboat's own, for what drills write. */
  readonly scratch: ScratchStore;
  /** What only the guarded deleter may hold. */
  readonly scratchDeleter: ScratchDeleter;
  /** What the operator's estate file names beside the databases and stores. */
  readonly http: HttpRequests;
}
