/** Messages to entities and their ids. */

/** A request in an entity's inbox; `lockset` makes it a lock request, which travels along the set. */
export interface EntityRequest {
  readonly id: string;
  readonly op?: string;
  readonly signal?: boolean;
  /** JSON text. */
  readonly input?: string | null;
  /** The orchestration that asks, and where its answer goes. */
  readonly parent?: string;
  readonly parentExecution?: string;
  readonly lockset?: readonly { readonly name: string; readonly key: string }[];
  readonly position?: number;
}

/** The inbox of an entity: names are case-insensitive, keys are not. */
export function entityTarget(name: string, key: string): string {
  return `@${name.toLowerCase()}@${key}`;
}

/** Whether an inbox belongs to an entity. */
export function isEntityTarget(target: string): boolean {
  return target.startsWith('@');
}

/** Name and key of an entity's inbox. */
export function parseEntityTarget(target: string): { name: string; key: string } {
  const separator = target.indexOf('@', 1);
  return { name: target.slice(1, separator), key: target.slice(separator + 1) };
}
