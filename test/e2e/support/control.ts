/** The control endpoint of the resource manager's stand-in: what it did, what it is to do wrong, where its files lie. */
import { basePorts } from './ports.ts';

export interface Effect {
  readonly at: string;
  readonly kind: string;
  readonly server: string;
  readonly name?: string;
}

export interface ServerFiles {
  readonly archiveDir: string;
  readonly backups: readonly {
    readonly name: string;
    readonly type: string;
    readonly dir: string;
    readonly completedTime: string;
    readonly restorableFrom: string;
    readonly walTimeline: number;
    /** Number of the first segment that a restore must read. */
    readonly walStart: string;
  }[];
}

export class Control {
  readonly #url: string;
  readonly #secret: string;

  constructor(portOffset: number, secret: string) {
    this.#url = `http://127.0.0.1:${basePorts.control + portOffset}`;
    this.#secret = secret;
  }

  /** Every effect that the stand-in had on a server whose name begins so. */
  async effectsOn(namePrefix: string): Promise<Effect[]> {
    const { effects } = (await this.#send('GET', '/effects')) as { effects: Effect[] };
    return effects.filter((effect) => effect.server.startsWith(namePrefix));
  }

  /** Adds a fault; see the stand-in's README. */
  async fault(fault: object): Promise<void> {
    await this.#send('POST', '/faults', fault);
  }

  /** Runs SQL as superuser in a database of the next restored server, before its restore is said to have ended. */
  async tamperWithNextRestore(database: string, sql: string): Promise<void> {
    await this.fault({ ...nextDrillServer('PUT'), afterwards: { database, sql } });
  }

  /** The faults that were not used up. */
  async faultsLeft(): Promise<unknown[]> {
    return (await this.#send('GET', '/faults')) as unknown[];
  }

  async forgetFaults(): Promise<void> {
    await this.#send('DELETE', '/faults');
  }

  async filesOf(resourceGroup: string, server: string): Promise<ServerFiles> {
    return (await this.#send(
      'GET',
      `/server?resourceGroup=${resourceGroup}&server=${server}`,
    )) as ServerFiles;
  }

  /** An automatic backup of this UTC day: only what one covers gives its slot up. */
  async ensureAutomaticBackupOfToday(resourceGroup: string, server: string): Promise<void> {
    const today = new Date().toISOString().slice(0, 10);
    const { backups } = await this.filesOf(resourceGroup, server);
    if (backups.some(({ type, completedTime }) => type === 'Full' && completedTime.startsWith(today))) return;
    await this.backUp(resourceGroup, server);
  }

  /** Takes an automatic backup now, as the provider does by itself later. */
  async backUp(resourceGroup: string, server: string): Promise<void> {
    await this.#send('POST', '/automatic-backup', { resourceGroup, server });
  }

  async #send(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { 'x-control-secret': this.#secret },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`control endpoint: ${JSON.stringify(answer)}`);
    return answer;
  }
}

/** Matches the next request of a method for a drill's server itself. */
export function nextDrillServer(method: string): object {
  return { match: { method, path: '/flexibleServers/drill-[^/]+$' } };
}
