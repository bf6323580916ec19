/** The resource manager as the estate's owner calls it: what the product itself never does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../src/policy/failure.ts';
import type { Secrets } from './state.ts';
import type { Ports } from './topology.ts';

const apiVersion = '2025-08-01';

/** What it needs to sign in. */
export interface ManagerAccess {
  readonly ports: Ports;
  readonly secrets: Secrets;
}

/** Gets and puts resources, and waits for what takes long. */
export class Manager {
  readonly #parts: ManagerAccess;
  readonly #region: string;

  constructor(parts: ManagerAccess, region: string) {
    this.#parts = parts;
    this.#region = region;
  }

  async get(id: string): Promise<Record<string, unknown> | undefined> {
    const answer = await this.#send('GET', id);
    if (answer.status === 404) return undefined;
    return (await this.#ok(answer)) as Record<string, unknown>;
  }

  async list(id: string): Promise<readonly unknown[]> {
    const { value } = (await this.#ok(await this.#send('GET', id))) as { value: readonly unknown[] };
    return value;
  }

  async putOnce(id: string, body: unknown): Promise<void> {
    if ((await this.get(id)) === undefined) await this.put(id, body);
  }

  /** Puts a resource and waits for the end of the operation. */
  async put(id: string, body: unknown): Promise<void> {
    const answer = await this.#send('PUT', id, body);
    await this.#ok(answer);
    const operation = answer.headers.get('azure-asyncoperation');
    if (operation === null) return;
    for (;;) {
      const state = (await this.#ok(await fetch(operation, { headers: await this.#headers() }))) as {
        status: string;
        error?: { message: string };
      };
      if (state.status === 'Succeeded') return;
      if (state.status === 'Failed')
        throw new Failure(
          'operation-failed',
          `${id.split('/').at(-1)} could not be made: ${state.error?.message}`,
          'Look into the log of the resource manager in the state folder.',
        );
      await sleep(100);
    }
  }

  async #send(method: string, id: string, body?: unknown): Promise<Response> {
    return fetch(`https://127.0.0.1:${this.#parts.ports.manager}${id}?api-version=${apiVersion}`, {
      method,
      headers: await this.#headers(),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async #ok(answer: Response): Promise<unknown> {
    const text = await answer.text();
    if (answer.ok) return text === '' ? {} : JSON.parse(text);
    throw new Failure(
      'operation-failed',
      `the resource manager answered ${answer.status}: ${text.slice(0, 300)}`,
      'Look into its log in the state folder.',
    );
  }

  async #headers(): Promise<Record<string, string>> {
    const { ports, secrets } = this.#parts;
    const identity = secrets.identities[this.#region];
    const url = `http://127.0.0.1:${ports.identity}/msi/token?api-version=2019-08-01&resource=${encodeURIComponent('https://management.azure.com')}&client_id=${identity?.clientId}`;
    const answer = await fetch(url, { headers: { 'x-identity-header': identity?.header ?? '' } });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    return { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  }
}
