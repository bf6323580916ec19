/**
 * The operator's application, which drills point at what they restored: it answers from the restored database that the
 * newest start order named, and notes for whom it was started and asked.
 */
import type { SmokeStart } from '../../src/contracts/smoke.ts';
import type { HttpAnswer, HttpRequest } from '../../src/ports/http-requests.ts';
import { operatorSql } from '../../test/support/sample-estate.ts';
import type { SourceDatabase } from './source-database.ts';

export class Application {
  readonly #database: SourceDatabase;
  #order: SmokeStart | undefined;
  /** The drills whose servers it was asked about. */
  readonly asked = new Set<string>();
  /** The keys of the hooks of cutovers that it heard. */
  readonly hooked = new Set<string>();

  constructor(database: SourceDatabase) {
    this.#database = database;
  }

  /** Whether it is up: what is asked each moment until it is. */
  get isReady(): boolean {
    return this.#order !== undefined;
  }

  answer({ method, url, body, headers = {} }: HttpRequest): HttpAnswer {
    const { pathname } = new URL(url);
    const key = headers['idempotency-key'];
    if (key !== undefined) return this.#hook(key);
    if (method === 'POST' && pathname === '/start') return this.#start(body as SmokeStart);
    if (method === 'POST' && pathname === '/stop') return this.#stop(body as Pick<SmokeStart, 'run'>);
    return this.#order === undefined ? said(503, {}) : this.#nameless(this.#order);
  }

  #hook(key: string): HttpAnswer {
    this.hooked.add(key);
    return said(200, {});
  }

  #start(order: SmokeStart): HttpAnswer {
    this.#order = order;
    return said(202, {});
  }

  /** An order that is late ends no other drill's application. */
  #stop({ run }: Pick<SmokeStart, 'run'>): HttpAnswer {
    if (this.#order?.run === run) this.#order = undefined;
    return said(200, {});
  }

  #nameless({ run, databases }: SmokeStart): HttpAnswer {
    this.asked.add(run);
    const [{ host, name } = { host: '', name: '' }] = databases;
    const count = Number(this.#database.all.at(host, name).answers.get(operatorSql) ?? -1);
    return said(200, { count });
  }
}

const said = (status: number, body: object): HttpAnswer => ({
  ...{ status, text: JSON.stringify(body), isCut: false },
});
