/** The clocks of storage and resource manager, from the `Date` header of an answer (RFC 9110 6.6.1: whole seconds). */
import type { ContainerClient } from '@azure/storage-blob';
import { DateTime } from 'luxon';
import type { ClockOffset } from '../policy/clock-trust.ts';
import type { Clock } from '../ports/clock.ts';
import type { ReferenceClocks } from '../ports/reference-clocks.ts';
import type { ResourceManager } from './resource-manager.ts';

export class AzureReferenceClocks implements ReferenceClocks {
  readonly #vault: ContainerClient;
  readonly #manager: ResourceManager;
  readonly #server: string;
  readonly #clock: Clock;

  /** `server` is any server of the estate: its description is asked for the sake of the date. */
  constructor(vault: ContainerClient, manager: ResourceManager, server: string, clock: Clock) {
    this.#vault = vault;
    this.#manager = manager;
    this.#server = server;
    this.#clock = clock;
  }

  async offsets(): Promise<readonly ClockOffset[]> {
    return Promise.all([
      this.#offset('storage', async () => (await this.#vault.getProperties()).date),
      this.#offset('resource manager', () => this.#manager.dateOf(this.#server)),
    ]);
  }

  async #offset(source: string, ask: () => Promise<Date | undefined>): Promise<ClockOffset> {
    try {
      const before = this.#clock.now();
      const date = await ask();
      if (date === undefined || Number.isNaN(date.getTime())) return { source, seconds: undefined };
      // The answer was written at some moment of the request: its middle is the best guess.
      const middle = before.plus(this.#clock.now().diff(before).toMillis() / 2);
      return { source, seconds: DateTime.fromJSDate(date).diff(middle).as('seconds') };
    } catch {
      return { source, seconds: undefined }; // Unasked is what it means, and it forbids deletions.
    }
  }
}
