/**
 * A stack for tests: `npm start` in a folder and on ports of its own. Whatever happens, `remove` leaves no process and
 * no folder behind.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Control } from './control.ts';
import { writeEstate, type EstateFile } from './estate-file.ts';
import { LifeboatApi } from './lifeboat-api.ts';
import { Outsider } from './outsider.ts';
import { freePortOffset } from './ports.ts';
import { kill, killAll, processesOf, type FoundProcess } from './processes.ts';
import { Program, type Ended } from './program.ts';
import { Tokens, type Login } from './tokens.ts';
import { until } from './until.ts';

/** The sample's size in tests that do not care about it, in percent. */
const smallScale = '4';

export interface Secrets {
  readonly administratorPassword: string;
  readonly controlSecret: string;
  readonly identities: Readonly<Record<string, { readonly clientId: string; readonly header: string }>>;
  readonly storageKeys: Readonly<Record<string, string>>;
}

interface Profile {
  readonly deployments: readonly { readonly region: string; readonly url: string }[];
  readonly login: Login;
}

export class TestStack {
  readonly folder: string;
  readonly stateDir: string;
  readonly portOffset: number;
  readonly #estateFile: string | undefined;
  readonly #programs: Program[] = [];
  readonly #apis = new Map<string, LifeboatApi>();

  private constructor(folder: string, portOffset: number, estateFile: string | undefined) {
    this.folder = folder;
    this.stateDir = path.join(folder, 'state');
    this.portOffset = portOffset;
    this.#estateFile = estateFile;
  }

  /** A folder and ports for a stack; nothing is started yet. Without an estate the shipped one is used. */
  static async make(estate?: EstateFile): Promise<TestStack> {
    const folder = mkdtempSync(path.join(tmpdir(), 'lifeboat-e2e-'));
    await chmod(folder, 0o755);
    const file = estate === undefined ? undefined : writeEstate(folder, estate);
    const stack = new TestStack(folder, await freePortOffset(), file);
    removeAtExit(stack);
    return stack;
  }

  /** `npm start` with these arguments; ends by itself only with `--once`. */
  start(args: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): Program {
    const estate = this.#estateFile === undefined ? [] : ['--estate', this.#estateFile];
    const program = new Program('npm', ['start', '--', '--state', this.stateDir, ...estate, ...args], {
      LIFEBOAT_PORT_OFFSET: String(this.portOffset),
      ...environment,
    });
    this.#programs.push(program);
    return program;
  }

  /** Starts a small sample and waits until it serves. */
  async serve(args: readonly string[] = []): Promise<Program> {
    const program = this.start(['--scale', smallScale, '--writer-every', '1', ...args]);
    await program.says(/Serving; the timers run/);
    return program;
  }

  /** Starts a small sample, waits for the end of the cycle and of the stack. */
  async once(args: readonly string[] = []): Promise<Ended> {
    return this.start(['--once', '--scale', smallScale, '--writer-every', '1', ...args]).ended;
  }

  /** Every process that belongs to this stack now. */
  processes(): FoundProcess[] {
    return processesOf(this.#folders());
  }

  /** Kills the supervisor and everything it started with SIGKILL, and waits until all are gone. */
  async killHard(): Promise<void> {
    await killAll(this.#folders());
  }

  /** The process of a part (`app-eastus`, `resource-manager`, `blob-store`). */
  pidOf(part: string): number {
    const running = this.#read('processes.json') as { name: string; pid: number }[];
    const pid = running.find((one) => one.name === part)?.pid;
    if (pid === undefined) throw new Error(`${part} does not run`);
    return pid;
  }

  get secrets(): Secrets {
    return this.#read('secrets.json') as Secrets;
  }

  /** The API of a region's app, as an identity of the stack's profile. */
  api(region: string, as = 'operator'): LifeboatApi {
    const { deployments, login } = this.#read('profile.json') as Profile;
    const deployment = deployments.find((one) => one.region === region);
    if (deployment === undefined) throw new Error(`no app of ${region}`);
    const key = JSON.stringify({ ...deployment, as, login });
    const api = this.#apis.get(key) ?? this.#openApi(deployment.url, new Tokens(login, as));
    this.#apis.set(key, api);
    return api;
  }

  #openApi(url: string, tokens: Tokens): LifeboatApi {
    const ca = readFileSync(path.join(this.stateDir, 'certificates', 'ca.pem'), 'utf8');
    setDefaultCACertificates([...getCACertificates('default'), ca]);
    return new LifeboatApi(url, tokens);
  }

  /** What the resource manager did, and what it is to do wrong. */
  get control(): Control {
    return new Control(this.portOffset, this.secrets.controlSecret);
  }

  /** Somebody with the rights of a region's app, who uses nothing of its code. */
  outsider(region: string): Outsider {
    return new Outsider({
      region,
      portOffset: this.portOffset,
      secrets: this.secrets,
      caFile: path.join(this.stateDir, 'certificates', 'ca.pem'),
    });
  }

  /** Kills what runs, removes the folders. */
  async remove(): Promise<void> {
    for (const program of this.#programs) if (!program.hasEnded) program.killGroup();
    await this.killHard();
    for (const folder of this.#folders()) rmSync(folder, { recursive: true, force: true });
  }

  /** As `remove`, for a test process that is being ended itself: kills without waiting. */
  removeNow(): void {
    for (const program of this.#programs) if (!program.hasEnded) program.killGroup();
    for (let left = this.processes(); left.length > 0; left = this.processes())
      for (const { pid } of left) kill(pid, 'SIGKILL');
    for (const folder of this.#folders()) rmSync(folder, { recursive: true, force: true });
  }

  #folders(): string[] {
    try {
      return [this.folder, (this.#read('postgres-home.json') as { home: string }).home];
    } catch {
      return [this.folder]; // It has not come to PostgreSQL.
    }
  }

  #read(name: string): unknown {
    return JSON.parse(readFileSync(path.join(this.stateDir, name), 'utf8'));
  }
}

/** Waits until a region's app answers again. */
export async function untilAnswering(api: LifeboatApi): Promise<void> {
  await until('the app answers', async () =>
    (await api.get('status').catch(() => undefined))?.status === 200 ? true : undefined,
  );
}

/** A test run that is interrupted gets no chance to run its hooks. */
function removeAtExit(stack: TestStack): void {
  process.once('exit', () => stack.removeNow());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
}
