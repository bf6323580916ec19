/** Brings a region's host to a stand at one exact step, to kill it there or to change its surroundings. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from '../support/until.ts';

/** Where to stop; see local/functions-host/README.md. */
export interface PausePoint {
  readonly instance: string;
  readonly step: string;
  readonly side: 'before' | 'after';
}

export class Pauses {
  readonly #wanted: string;
  readonly #standing: string;

  /** `folder` is the host's state folder; it need not exist yet. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#wanted = path.join(folder, 'pause-at.json');
    this.#standing = path.join(folder, 'paused.json');
  }

  /** From now on the host stops there. */
  ask(point: PausePoint): void {
    writeFileSync(`${this.#wanted}.new`, JSON.stringify(point));
    renameSync(`${this.#wanted}.new`, this.#wanted);
  }

  /** The process that stands; undefined while none does. */
  get standing(): number | undefined {
    if (!existsSync(this.#standing)) return undefined;
    return (JSON.parse(readFileSync(this.#standing, 'utf8')) as { pid: number }).pid;
  }

  /** Waits until the host stands; returns its process id. */
  async untilStanding(): Promise<number> {
    const look = (): number | undefined => this.standing;
    return until('the host stands still', look, { everyMilliseconds: 10 });
  }

  /** Lets a host that stands go on, and takes back what was asked for. */
  release(): void {
    for (const file of [this.#wanted, this.#standing]) rmSync(file, { force: true });
  }
}
