/** The HTTP API of one region's app, as somebody else's program would call it. */
import type { Tokens } from './tokens.ts';
import { until } from './until.ts';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: unknown;
}

/** A step of a run, as the API shows it. */
export interface ProgressView {
  readonly step: string;
  readonly since: string;
}

export interface OperationView {
  readonly id: string;
  readonly state: string;
  readonly progress?: ProgressView;
  readonly inner?: ProgressView;
  readonly result?: unknown;
  readonly failure?: string;
}

export interface CheckView {
  readonly id: string;
  readonly status: string;
  readonly actual: string;
  readonly findings: readonly string[];
  readonly measured: Readonly<Record<string, number | string>>;
  readonly endedAt: string;
}

/** As much of a drill's report as tests look at. */
export interface ReportView {
  readonly schema: string;
  readonly id: string;
  readonly result: string;
  readonly reasons: readonly string[];
  readonly statuses: Readonly<Record<'restore' | 'validation' | 'cleanUp', string>>;
  readonly plan: {
    readonly scenario: string;
    readonly scratch?: string;
    readonly targets: readonly { readonly source: string; readonly target: string }[];
  };
  readonly scenario?: { readonly walk?: readonly { readonly point: string; readonly verdict: string }[] };
  readonly recoveryPoint: { readonly id: string };
  readonly recovery: {
    readonly declaredAt: string;
    readonly disruptionAt: string;
    readonly validatedAt?: string;
    readonly heartbeats: readonly { readonly newestWrittenAt?: string }[];
    readonly replicas?: readonly { readonly lastSyncAt?: string }[];
    readonly rpo: { readonly achievedSeconds?: number; readonly verdict: string };
    readonly rto: { readonly achievedSeconds?: number; readonly verdict: string };
  };
  readonly checks: readonly CheckView[];
  readonly isolation: readonly { readonly probe?: { readonly outcome: string } }[];
  readonly cleanUp: {
    readonly created: readonly string[];
    readonly deleted: readonly string[];
    readonly leftOver: readonly string[];
  };
  readonly findings: readonly { readonly severity: string; readonly text: string }[];
}

const endStates = ['succeeded', 'failed', 'terminated'];

export class LifeboatApi {
  readonly #url: string;
  readonly #tokens: Tokens;

  constructor(url: string, tokens: Tokens) {
    this.#url = url;
    this.#tokens = tokens;
  }

  async get(path: string): Promise<Answer> {
    return this.send(path, { headers: await this.#signedIn() });
  }

  /** Posts a body; a text is sent as it is. */
  async post(path: string, body: unknown): Promise<Answer> {
    return this.send(path, {
      method: 'POST',
      headers: { ...(await this.#signedIn()), 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  async #signedIn(): Promise<Record<string, string>> {
    return { authorization: `Bearer ${await this.#tokens.get()}` };
  }

  /** Starts a run of one system; returns its id. */
  async begin(
    kind: 'cycles' | 'snapshots' | 'drills' | 'prunes' | 'scans' | 'repairs' | 'restores' | 'cutovers',
    body: object,
  ): Promise<string> {
    const answer = await this.post(kind, body);
    if (answer.status !== 202)
      throw new Error(`${kind} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return (answer.body as { operations: { id: string }[] }).operations[0]!.id;
  }

  async operation(id: string): Promise<OperationView> {
    return (await this.get(`operations/${id}`)).body as OperationView;
  }

  /** Waits until a run shows what is asked for; a moment in which the app does not answer is waited out. */
  async operationWhen<T>(
    id: string,
    what: string,
    look: (view: OperationView) => T | undefined,
    everyMilliseconds = 100,
  ): Promise<T> {
    const ask = async (): Promise<T | undefined> => {
      const view = await this.operation(id).catch(() => undefined);
      if (view?.state === undefined) return undefined;
      const seen = look(view);
      if (seen === undefined && endStates.includes(view.state))
        throw new Error(`${id} ended without that ${what}: ${JSON.stringify(view.result ?? view.failure)}`);
      return seen;
    };
    return until(`${id}: ${what}`, ask, { everyMilliseconds });
  }

  /** Waits for the end of a run and returns its result; a run that broke is an error. */
  async ended<R>(id: string): Promise<R> {
    const view = await this.operationWhen(id, 'it has ended', (one) =>
      endStates.includes(one.state) ? one : undefined,
    );
    if (view.state !== 'succeeded') throw new Error(`${id} ended ${view.state}: ${view.failure}`);
    return view.result as R;
  }

  /** Runs a drill of a system's newest point; returns its report. */
  async drill(system: string): Promise<ReportView> {
    const { drill } = await this.ended<{ drill: string }>(await this.begin('drills', { system }));
    return this.report(system, drill);
  }

  async report(system: string, drill: string): Promise<ReportView> {
    const answer = await this.get(`reports/${system}/${drill}`);
    if (answer.status !== 200) throw new Error(`no report of ${drill}: ${JSON.stringify(answer.body)}`);
    return answer.body as ReportView;
  }

  /** A request as it is, without a token of its own. */
  async send(path: string, request: RequestInit = {}): Promise<Answer> {
    const response = await fetch(`${this.#url}/api/v1/${path}`, request);
    const type = response.headers.get('content-type') ?? '';
    const text = await response.text();
    return { status: response.status, type, body: type.includes('json') ? JSON.parse(text) : text };
  }
}
