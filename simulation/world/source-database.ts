/**
 * The protected database and what becomes of it: every state that it had can be restored, as the provider's
 * point-in-time restore does. It changes only while no session of a living process is open, because the model of a
 * session has no snapshots of its own.
 */
import type { MemoryDatabases, MemoryDatabase } from '../../test/support/memory-databases.ts';

interface State {
  readonly from: number;
  readonly tables: ReadonlyMap<string, { rows: number; checksum: string }>;
  readonly references: readonly string[];
}

export class SourceDatabase {
  readonly all: MemoryDatabases;
  readonly live: MemoryDatabase;
  readonly #address: string;
  readonly #name: string;
  #states: State[] = [];

  constructor(all: MemoryDatabases, address: string, name: string) {
    this.all = all;
    this.live = this.all.at(address, name);
    this.#address = address;
    this.#name = name;
  }

  /** Changes what it holds at an instant of true time. */
  change(at: number, change: (database: MemoryDatabase) => void): void {
    change(this.live);
    const tables = new Map([...this.live.tables].map(([name, table]) => [name, { ...table }]));
    this.#states.push({ from: at, tables, references: [...this.live.references] });
  }

  /** What a restore to an instant brings to another server. */
  restore(address: string, instant: number): void {
    const state = this.stateAt(instant);
    const target = this.all.at(address, this.#name);
    const copy = this.live.copyAt(instant);
    for (const [name, table] of state?.tables ?? []) target.tables.set(name, { ...table });
    for (const [slot, at] of copy.heartbeats) target.heartbeats.set(slot, at);
    for (const marker of copy.markers) target.markers.add(marker);
    target.exercise.push(...copy.exercise);
    for (const [sql, answer] of copy.answers) target.answers.set(sql, answer);
    target.references = [...(state?.references ?? [])];
  }

  /** What a server that was dropped held at an instant comes to be on another one. */
  revive(from: string, to: string, instant: number): void {
    this.all.restore(from, to, instant);
  }

  stateAt(instant: number): State | undefined {
    return this.#states.findLast((state) => state.from <= instant);
  }

  get address(): string {
    return this.#address;
  }
}
