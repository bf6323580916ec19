/**
 * What a database server is set to, at the provider. What an implementation must guarantee: a listing is complete or
 * throws; a start that the provider accepted is returned as an operation; nothing goes to another host than the
 * configured resource manager.
 */
import type { OperationStart } from '../contracts/operations.ts';

/** A server parameter that was set to something else than the provider's default. */
export interface OwnParameter {
  readonly name: string;
  readonly value: string;
  /** It takes effect at the next restart, which has not happened yet. */
  readonly isPendingRestart: boolean;
}

export interface ServerSettings {
  /** Every parameter that is not the provider's default and can be set. */
  listOwnParameters(server: string): Promise<readonly OwnParameter[]>;
  /** What the server is made of: version, size, backup, network, by name. */
  platformOf(server: string): Promise<Readonly<Record<string, string>>>;
  beginParameter(server: string, name: string, value: string): Promise<OperationStart>;
  beginRestart(server: string): Promise<OperationStart>;
}
