/** The Functions host of a region as its operator reaches it: recorded histories, timers run at once, instances listed. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { TestStack } from '../support/stack.ts';
import { until } from '../support/until.ts';

/** An event of a recorded history, as far as tests read it. */
export interface RecordedEvent {
  readonly EventType: number;
  readonly EventId: number;
  readonly Timestamp?: string;
  readonly Name?: string | null;
  readonly InstanceId?: string;
  readonly TaskScheduledId?: number;
  readonly TimerId?: number;
}

export interface RecordedHistory {
  readonly instanceId: string;
  readonly name: string;
  readonly history: readonly RecordedEvent[];
}

export interface ListedInstance {
  readonly instanceId: string;
  readonly runtimeStatus: string;
  readonly createdTime: string;
}

export class HostAdmin {
  readonly #stateDir: string;
  readonly #region: string;

  constructor(stack: TestStack, region: string) {
    this.#stateDir = stack.stateDir;
    this.#region = region;
  }

  /** The folder with the host's keys and task hub. */
  get folder(): string {
    return path.join(this.#stateDir, 'hosts', this.#region);
  }

  async history(instanceId: string): Promise<RecordedHistory> {
    const route = `/admin/durable/instances/${encodeURIComponent(instanceId)}/history`;
    return (await this.#send('GET', route, 'master')) as RecordedHistory;
  }

  /** Begins a timer function now; waits for one that runs already. What it does is to be waited for by its effect. */
  async runTimer(name: string): Promise<void> {
    await until(`timer ${name} is begun`, () =>
      this.#send('POST', `/admin/functions/${name}`, 'master').then(
        () => true,
        () => undefined, // It runs just now, or the host is not up yet.
      ),
    );
  }

  /** What the host's process holds once its garbage was collected, in bytes. */
  async memory(): Promise<{ readonly heapUsed: number; readonly external: number; readonly rss: number }> {
    return (await this.#send('POST', '/admin/host/memory', 'master')) as Awaited<
      ReturnType<HostAdmin['memory']>
    >;
  }

  /** Every instance in the task hub. */
  async instances(): Promise<ListedInstance[]> {
    return (await this.#send(
      'GET',
      '/runtime/webhooks/durabletask/instances?top=1000',
      'system',
    )) as ListedInstance[];
  }

  /** Forgets what has ended, as an operator does by the task hub's own management API. */
  async forgetEnded(): Promise<void> {
    const route = '/runtime/webhooks/durabletask/instances?createdTimeFrom=2000-01-01T00:00:00Z';
    const { status } = await this.#answer('DELETE', route, 'system');
    // 404: there is nothing to forget.
    if (status !== 200 && status !== 404) throw new Error(`DELETE ${route} answered ${status}`);
  }

  async #send(method: string, route: string, key: 'master' | 'system'): Promise<unknown> {
    const answer = await this.#answer(method, route, key);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${route} answered ${answer.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  #answer(method: string, route: string, key: 'master' | 'system'): Promise<Response> {
    const { deployments } = this.#read('profile.json') as { deployments: { region: string; url: string }[] };
    const url = deployments.find((one) => one.region === this.#region)?.url;
    const keys = this.#read(path.join('hosts', this.#region, 'keys.json')) as Record<string, string>;
    return fetch(`${url}${route}`, { method, headers: { 'x-functions-key': keys[key] ?? '' } });
  }

  #read(name: string): unknown {
    return JSON.parse(readFileSync(path.join(this.#stateDir, name), 'utf8'));
  }
}
