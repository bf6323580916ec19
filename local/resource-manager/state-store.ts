/**
 * The memory of the stand-in: one JSON document, replaced as a whole on every change, so that a kill at any moment
 * leaves either the state before or the state after it. It holds passwords and is therefore private.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Effect, EffectKind, Fault, OperationRecord, ServerRecord } from './model.ts';

const maxEffects = 5_000;
const maxFinishedOperations = 2_000;

interface StateDocument {
  readonly version: 1;
  readonly servers: Record<string, ServerRecord>;
  dropped: ServerRecord[];
  readonly operations: Record<string, OperationRecord>;
  effects: Effect[];
  readonly effectCounts: Partial<Record<EffectKind, number>>;
  faults: Fault[];
  readonly ports: { manager?: number; identity?: number; control?: number };
  identityIsDown: boolean;
  dateOffsetMs: number;
}

/** The state of the stand-in on disk. Change it, then `save`. */
export class StateStore {
  readonly state: StateDocument;
  private readonly file: string;

  constructor(stateDir: string) {
    mkdirSync(stateDir, { recursive: true });
    this.file = path.join(stateDir, 'resource-manager.json');
    this.state = readState(this.file);
  }

  /** Writes the present state. */
  save(): void {
    writeFileSync(`${this.file}.new`, JSON.stringify(this.state), { mode: 0o600 });
    renameSync(`${this.file}.new`, this.file);
  }

  /** The server with this key, if it exists. */
  server(key: string): ServerRecord | undefined {
    return this.state.servers[key];
  }

  /** The existing server with this resource id, in any letter case. */
  serverById(id: string): ServerRecord | undefined {
    return Object.values(this.state.servers).find((each) => each.id.toLowerCase() === id.toLowerCase());
  }

  /** Whether a server of this name stands, in whatever group. */
  isNameUsed(name: string): boolean {
    return Object.values(this.state.servers).some((each) => each.name === name.toLowerCase());
  }

  /** The newest deleted server with this resource id whose backups are still held. */
  droppedById(id: string): ServerRecord | undefined {
    return this.state.dropped.findLast((each) => each.id.toLowerCase() === id.toLowerCase());
  }

  /** Notes an effect; the next `save` keeps it. */
  noteEffect(kind: EffectKind, server: string, name?: string): void {
    const effect = { at: new Date().toISOString(), kind, server, ...(name === undefined ? {} : { name }) };
    this.state.effects = [...this.state.effects, effect].slice(-maxEffects);
    this.state.effectCounts[kind] = (this.state.effectCounts[kind] ?? 0) + 1;
  }

  /** Adds an operation, forgetting the oldest finished ones. */
  addOperation(operation: OperationRecord): void {
    const finished = Object.values(this.state.operations).filter((each) => each.status !== 'InProgress');
    for (const each of finished.slice(0, Math.max(0, finished.length - maxFinishedOperations))) {
      delete this.state.operations[each.id];
    }
    this.state.operations[operation.id] = operation;
  }
}

/** The key of a server: its group and name, which do not depend on letter case. */
export function serverKey(resourceGroup: string, name: string): string {
  return `${resourceGroup}/${name}`.toLowerCase();
}

function readState(file: string): StateDocument {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as StateDocument;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return {
      version: 1,
      servers: {},
      dropped: [],
      operations: {},
      effects: [],
      effectCounts: {},
      faults: [],
      ports: {},
      identityIsDown: false,
      dateOffsetMs: 0,
    };
  }
}
