/** A host in a process of its own, as the command line starts it, driven over HTTP alone. */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { HistoryEvent } from '../../../local/functions-host/durable/history-events.ts';

const MAIN = path.resolve(import.meta.dirname, '../../../local/functions-host/main.ts');
const START_DEADLINE_MS = 60_000;

/** How to start it. */
export interface ProcessOptions {
  readonly appDir: string;
  readonly stateDir: string;
  readonly port?: number;
  readonly env?: Record<string, string>;
  readonly args?: readonly string[];
}

/** What a process left when it ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that was started. */
export interface StartedProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<ProcessEnd>;
  /** Resolves with the line after READY, or undefined if the process ended without. */
  readonly ready: Promise<{ url: string; functions: number } | undefined>;
  readonly stderr: () => string;
}

/** Starts a host process. */
export function startProcess(options: ProcessOptions): StartedProcess {
  const args = [
    MAIN,
    '--app',
    options.appDir,
    '--state',
    options.stateDir,
    '--port',
    String(options.port ?? 0),
    ...(options.args ?? []),
  ];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
  const ended = new Promise<ProcessEnd>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })),
  );
  const ready = new Promise<{ url: string; functions: number } | undefined>((resolve) => {
    child.stdout?.on('data', (data: Buffer) => {
      stdout += data.toString();
      const match = /^READY (.*)$/m.exec(stdout);
      if (match?.[1] !== undefined) resolve(JSON.parse(match[1]) as { url: string; functions: number });
    });
    void ended.then(() => resolve(undefined));
  });
  return { child, ended, ready, stderr: () => stderr };
}

/** A status as the management API answers it. */
export interface InstanceStatus {
  readonly name: string;
  readonly instanceId: string;
  readonly runtimeStatus: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly customStatus: unknown;
  readonly historyEvents: readonly object[];
}

/** The raw history of an instance. */
export interface RawHistory {
  readonly name: string;
  readonly history: readonly HistoryEvent[];
}

/** A running host with a client for it. */
export class RunningHost {
  readonly process: StartedProcess;
  readonly url: string;
  readonly keys: { master: string; function: string; system: string };

  private constructor(process: StartedProcess, url: string, stateDir: string) {
    this.process = process;
    this.url = url;
    this.keys = JSON.parse(fs.readFileSync(path.join(stateDir, 'keys.json'), 'utf8')) as RunningHost['keys'];
  }

  static async start(options: ProcessOptions): Promise<RunningHost> {
    const started = startProcess(options);
    const timer = setTimeout(() => started.child.kill('SIGKILL'), START_DEADLINE_MS);
    const ready = await started.ready;
    clearTimeout(timer);
    if (ready === undefined) throw new Error(`The host did not start: ${(await started.ended).stderr}`);
    return new RunningHost(started, ready.url, options.stateDir);
  }

  async end(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<ProcessEnd> {
    this.process.child.kill(signal);
    return this.process.ended;
  }

  request(pathAndQuery: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.url + pathAndQuery, init);
  }

  async json(pathAndQuery: string, init: RequestInit = {}): Promise<unknown> {
    return (await this.request(pathAndQuery, init)).json();
  }

  post(pathAndQuery: string, body?: unknown): Promise<Response> {
    return this.request(pathAndQuery, {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** The management API with the system key. */
  manage(pathAndQuery: string, init: RequestInit = {}): Promise<Response> {
    const headers = {
      'x-functions-key': this.keys.system,
      'content-type': 'application/json',
      ...(init.headers as object),
    };
    return this.request(`/runtime/webhooks/durabletask/${pathAndQuery}`, { ...init, headers });
  }

  async start(name: string, input?: unknown, id?: string): Promise<string> {
    const response = await this.post(`/api/start/${name}${id === undefined ? '' : `?id=${id}`}`, input);
    return ((await response.json()) as { id: string }).id;
  }

  async client(operation: string, id: string, query = '', body?: unknown): Promise<unknown> {
    const response = await this.post(`/api/client/${operation}/${encodeURIComponent(id)}${query}`, body);
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text === '' ? null : JSON.parse(text);
  }

  async status(id: string): Promise<InstanceStatus> {
    const response = await this.manage(
      `instances/${encodeURIComponent(id)}?showHistory=true&showHistoryOutput=true`,
    );
    return (await response.json()) as InstanceStatus;
  }

  /** The status once the instance satisfies the condition (by default: has ended). */
  async until(
    id: string,
    condition: (status: InstanceStatus) => boolean = hasEnded,
    deadlineMs = 30_000,
  ): Promise<InstanceStatus> {
    const deadline = Date.now() + deadlineMs;
    for (;;) {
      const status = await this.status(id);
      if (condition(status)) return status;
      if (Date.now() > deadline) throw new Error(`Not reached: ${JSON.stringify(status)}`);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  }

  async run(name: string, input?: unknown): Promise<InstanceStatus> {
    return this.until(await this.start(name, input));
  }

  async rawHistory(id: string): Promise<RawHistory> {
    return (await this.json(`/admin/durable/instances/${encodeURIComponent(id)}/history`, {
      headers: { 'x-functions-key': this.keys.master },
    })) as RawHistory;
  }
}

/** Whether a status is a final one. */
export function hasEnded(status: { runtimeStatus: string }): boolean {
  return ['Completed', 'Failed', 'Terminated'].includes(status.runtimeStatus);
}
