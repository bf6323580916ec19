/**
 * The client of one region's HTTP API, over the table of its routes. Every answer is checked against its contract before
 * anybody uses it; whatever is not the promised answer becomes a `Failure`: the app's own, when it sent a problem
 * document, otherwise one that says what stands at that URL instead.
 */
import type { z } from 'zod';
import type { AuditFile, AuditQuery } from '../contracts/audit.ts';
import type { ApprovalView } from '../contracts/api/approvals.ts';
import type { HoldsResponse, HoldView } from '../contracts/holds.ts';
import type { PointsResponse } from '../contracts/api/retention.ts';
import { storedReport, type StoredReport } from '../contracts/report.ts';
import type { Route } from '../contracts/routes/route.ts';
import { routeNamed, type RouteName, type routes } from '../contracts/routes/table.ts';
import { signingKeyFile, type SigningKeyFile } from '../contracts/signing.ts';
import { Failure } from '../policy/failure.ts';
import { failureOf, jsonIn } from './answers.ts';
import type { TokenSource } from './login.ts';
import { exchange, type Answer } from './transport.ts';

/** One region's deployment: where its app answers. */
export interface Deployment {
  readonly region: string;
  readonly url: string;
}

export interface ApiClientOptions {
  /** A certificate authority (PEM) to trust beside the usual ones. */
  readonly ca?: string | undefined;
  /** How long one answer may take; default: 60. */
  readonly timeoutSeconds?: number | undefined;
  /** Ends every request at once when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** What a request says besides its route. */
interface Asked {
  readonly params?: Readonly<Record<string, string>>;
  /** Left out where undefined. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: object;
}

type Routes = typeof routes;
type Answers<N extends RouteName> = Routes[N]['answers'];
/** The JSON that a route answers when it did what was asked. */
type Said<N extends RouteName> = Answers<N>[keyof Answers<N>] extends infer S
  ? S extends z.ZodType
    ? z.output<S>
    : never
  : never;
type BodyOf<N extends RouteName> = Routes[N] extends { readonly body: infer B extends z.ZodType }
  ? z.input<B> & object
  : never;
/** A route with places in its path is asked with all of them. */
type AskedOf<N extends RouteName> = Routes[N] extends { readonly params: infer P extends z.ZodObject }
  ? Asked & { readonly params: Record<keyof z.input<P>, string> }
  : Asked;
/** What any started run is told by. */
type Started = Said<'startCycle'>;

const defaultTimeoutSeconds = 60;
/** Routes by the word that they say on a restore. */
const words = {
  approve: 'approveRestore',
  reject: 'rejectRestore',
  'break-glass': 'breakGlass',
} as const satisfies Record<string, RouteName>;

/** Speaks to one deployment; every method throws a `Failure` when the promised answer does not come. */
export class ApiClient {
  readonly region: string;
  readonly url: string;
  readonly #tokens: TokenSource;
  readonly #options: ApiClientOptions;

  constructor(deployment: Deployment, tokens: TokenSource, options: ApiClientOptions = {}) {
    this.region = deployment.region;
    this.url = deployment.url.replace(/\/+$/, '');
    this.#tokens = tokens;
    this.#options = options;
  }

  /** Every system of the region at a glance. */
  status(): Promise<Said<'status'>> {
    return this.#call('status', {});
  }

  /** Everything that the region's doctor looks at, looked at now. */
  doctor(): Promise<Said<'doctor'>> {
    return this.#call('doctor', {});
  }

  /** Starts the cycle of one system, or of all in the region. */
  startCycle(body: BodyOf<'startCycle'> = {}): Promise<Started> {
    return this.#call('startCycle', { body });
  }

  /** What the drills of a system have covered, and what is due. */
  coverage(system: string): Promise<Said<'drillCoverage'>> {
    return this.#call('drillCoverage', { params: { system } });
  }

  /** Starts a snapshot of one system. */
  startSnapshot(body: BodyOf<'startSnapshot'>): Promise<Started> {
    return this.#call('startSnapshot', { body });
  }

  /** Starts an integrity scan of one system. */
  startScan(body: BodyOf<'startScan'>): Promise<Started> {
    return this.#call('startScan', { body });
  }

  /** What a scan found: the page that begins there, or the first one. */
  findings(system: string, scan: string, continuation?: string): Promise<Said<'scanFindings'>> {
    return this.#call('scanFindings', { params: { system, scan }, query: { continuation } });
  }

  /** Starts a repair of what a scan found damaged, or its dry run. */
  startRepair(body: BodyOf<'startRepair'>): Promise<Started> {
    return this.#call('startRepair', { body });
  }

  /** Why something is still there, or why it is gone. */
  explanation(system: string, id: string): Promise<Said<'pruneExplanation'>> {
    return this.#call('pruneExplanation', { params: { system }, query: { id } });
  }

  /** Starts a prune of one system, or its dry run. */
  startPrune(body: BodyOf<'startPrune'>): Promise<Started> {
    return this.#call('startPrune', { body });
  }

  /** What stands in the resource group for drills of a system, and what was removed lately. */
  drillServers(system: string): Promise<Said<'drillServers'>> {
    return this.#call('drillServers', { params: { system } });
  }

  /** Has what drills left behind removed now. */
  reapDrillServers(system: string): Promise<Said<'reapDrillServers'>> {
    return this.#call('reapDrillServers', { params: { system }, body: {} });
  }

  /** Starts a restore drill of one system. */
  startDrill(body: BodyOf<'startDrill'>): Promise<Started> {
    return this.#call('startDrill', { body });
  }

  /** What waits for a second person in a system, or in all of the region. */
  async approvals(system: string | undefined): Promise<ApprovalView[]> {
    const pages = await everyPage((continuation) =>
      this.#call('approvals', { query: { system, continuation } }),
    );
    return pages.flatMap(({ approvals }) => approvals);
  }

  /** What a digest stands for, and how the decision on it stands. */
  approval(system: string, digest: string): Promise<ApprovalView> {
    return this.#call('approval', { params: { system, digest } });
  }

  /** Approves or rejects it. */
  decide(decision: 'approve' | 'reject', system: string, body: BodyOf<'approve'>): Promise<Said<'approve'>> {
    return this.#call(decision, { params: { system }, body });
  }

  /** What a restore of one system would do, lose and take. */
  planRestore(body: BodyOf<'planRestore'>): Promise<Said<'planRestore'>> {
    return this.#call('planRestore', { body });
  }

  /** A plan of a restore that was made before. */
  restorePlan(system: string, digest: string): Promise<Said<'restorePlan'>> {
    return this.#call('restorePlan', { params: { system, digest } });
  }

  /** Asks for a restore by its plan; it waits for another person. */
  requestRestore(body: BodyOf<'requestRestore'>): Promise<Started> {
    return this.#call('requestRestore', { body });
  }

  /** Says a word on a restore that was asked for. */
  sayOnRestore(
    system: string,
    restore: string,
    word: keyof typeof words,
    body: BodyOf<'approveRestore'>,
  ): Promise<Said<'approveRestore'>> {
    return this.#call(words[word], { params: { system, restore }, body });
  }

  /** The restores of one system, newest first. */
  restores(system: string): Promise<Said<'restores'>> {
    return this.#call('restores', { params: { system } });
  }

  /** Cancels a restore that has not ended. */
  cancelRestore(
    system: string,
    restore: string,
    body: BodyOf<'cancelRestore'>,
  ): Promise<Said<'cancelRestore'>> {
    return this.#call('cancelRestore', { params: { system, restore }, body });
  }

  /** What a cutover to a restore, or the way back from one, would do and lose. */
  planCutover(body: BodyOf<'planCutover'>): Promise<Said<'planCutover'>> {
    return this.#call('planCutover', { body });
  }

  /** A plan of a cutover that was made before. */
  cutoverPlan(system: string, digest: string): Promise<Said<'cutoverPlan'>> {
    return this.#call('cutoverPlan', { params: { system, digest } });
  }

  /** Asks for a cutover by its plan. */
  requestCutover(body: BodyOf<'requestCutover'>): Promise<Started> {
    return this.#call('requestCutover', { body });
  }

  /** The cutovers of one system, newest first, and the one that is in force. */
  cutovers(system: string): Promise<Said<'cutovers'>> {
    return this.#call('cutovers', { params: { system } });
  }

  /** Goes on alone with a cutover. */
  breakGlassCutover(
    system: string,
    cutover: string,
    body: BodyOf<'breakGlassCutover'>,
  ): Promise<Said<'breakGlassCutover'>> {
    return this.#call('breakGlassCutover', { params: { system, cutover }, body });
  }

  /** Cancels a cutover that nobody has permitted yet. */
  cancelCutover(
    system: string,
    cutover: string,
    body: BodyOf<'cancelCutover'>,
  ): Promise<Said<'cancelCutover'>> {
    return this.#call('cancelCutover', { params: { system, cutover }, body });
  }

  /** Adds erasures that were done in the source. */
  addErasures(body: BodyOf<'addErasures'>): Promise<Said<'addErasures'>> {
    return this.#call('addErasures', { body });
  }

  /** The erasures that are applied again to what is restored. */
  erasures(system: string): Promise<Said<'erasures'>> {
    return this.#call('erasures', { params: { system } });
  }

  /** Sets a legal hold on a system. */
  setHold(body: BodyOf<'setHold'>): Promise<Said<'setHold'>> {
    return this.#call('setHold', { body });
  }

  /** The legal holds of one system, or of all in the region; with `all` those that are over or released, too. */
  async holds(system: string | undefined, all: boolean): Promise<HoldsResponse> {
    const pages = await everyPage((continuation) =>
      this.#call('holds', { query: { system, all, continuation } }),
    );
    const [{ damaged }] = pages;
    return { holds: pages.flatMap(({ holds }) => holds), damaged };
  }

  /** Releases a legal hold. */
  async releaseHold(id: string, body: BodyOf<'releaseHold'>): Promise<HoldView> {
    return (await this.#call('releaseHold', { params: { id }, body })).hold;
  }

  /** A page of the audit log of a system, the newest entries first. */
  audit(system: string, query: AuditQuery): Promise<Said<'audit'>> {
    return this.#call('audit', { params: { system }, query: { ...query } });
  }

  /** The files that the audit log of a system consists of. */
  auditFiles(system: string): Promise<Said<'auditFiles'>> {
    return this.#call('auditFiles', { params: { system } });
  }

  /** Some bytes of one of them. */
  auditPart(system: string, { kind, name }: AuditFile, from: number): Promise<Said<'auditPart'>> {
    return this.#call('auditPart', { params: { system, kind, name }, query: { from } });
  }

  /** How a started run goes. */
  operation(id: string): Promise<Said<'operation'>> {
    return this.#call('operation', { params: { id } });
  }

  /** How runs of its kind usually go. */
  usualCourse(id: string): Promise<Said<'usualCourse'>> {
    return this.#call('usualCourse', { params: { id } });
  }

  /** The recovery points of one system. */
  async points(system: string): Promise<PointsResponse> {
    const pages = await everyPage((continuation) =>
      this.#call('points', { params: { system }, query: { continuation } }),
    );
    const { continuation: _, ...first } = pages[0];
    return { ...first, points: pages.flatMap(({ points }) => points) };
  }

  /** Which reports of a system there are. */
  reports(system: string): Promise<Said<'reports'>> {
    return this.#call('reports', { params: { system } });
  }

  /** RPO and RTO over the drills of a system: one page of its chain of reports. */
  reportHistory(
    system: string,
    query: { readonly limit: number; readonly continuation?: string | undefined },
  ): Promise<Said<'reportHistory'>> {
    return this.#call('reportHistory', { params: { system }, query });
  }

  /** The report of one drill. */
  report(system: string, drill: string): Promise<StoredReport> {
    return this.#json('report', { params: { system, drill } }, storedReport);
  }

  /** The report of one drill as Markdown, byte by byte as it lies in the vault. */
  reportMarkdown(system: string, drill: string): Promise<string> {
    return this.#reportText(system, drill, 'markdown', 'text/markdown');
  }

  /** The signed report of one drill: a compact JWS. */
  reportSignature(system: string, drill: string): Promise<string> {
    return this.#reportText(system, drill, 'jws', 'application/jose');
  }

  /** The public key of the signature of one drill's report. */
  reportKey(system: string, drill: string): Promise<SigningKeyFile> {
    return this.#json('report', { params: { system, drill }, query: { format: 'key' } }, signingKeyFile);
  }

  async #reportText(system: string, drill: string, format: string, mediaType: string): Promise<string> {
    const answer = await this.#ask(routeNamed('report'), { params: { system, drill }, query: { format } });
    if (!answer.contentType.startsWith(mediaType))
      throw this.#unknownForm('the report', `is not ${mediaType}`);
    return answer.text;
  }

  #call<N extends RouteName>(name: N, asked: AskedOf<N>): Promise<Said<N>> {
    const [said] = Object.values(routeNamed(name).answers);
    return this.#json(name, asked, said as z.ZodType<Said<N>>);
  }

  async #json<T>(name: RouteName, asked: Asked, shape: z.ZodType<T>): Promise<T> {
    const route = routeNamed(name);
    const { text } = await this.#ask(route, asked);
    const parsed = shape.safeParse(jsonIn(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const place = issue?.path.join('.') || 'the document';
    throw this.#unknownForm(pathOf(route, asked), `${place}: ${issue?.message}`);
  }

  async #ask(route: Route, asked: Asked): Promise<Answer> {
    const { ca, signal, timeoutSeconds = defaultTimeoutSeconds } = this.#options;
    const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
    const headers = {
      authorization: `Bearer ${await this.#tokens()}`,
      accept: 'application/json, application/jose, text/markdown, application/problem+json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const url = new URL(`${this.url}/api/v1/${pathOf(route, asked)}`);
    const answer = await exchange({ url, method: route.method, headers, body, ca, signal, timeoutSeconds });
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw failureOf(url, answer);
  }

  #unknownForm(what: string, problem: string): Failure {
    return new Failure(
      'bad-document',
      `The app at ${this.url} answered ${what} in a form that this command does not know: ${problem}.`,
      'Use the command of the same version as the app, and check that the url in the profile is that of the app.',
    );
  }
}

/** Every page of a list, each asked for by the word that the one before ended with. */
async function everyPage<T extends { readonly continuation?: string | undefined }>(
  ask: (continuation: string | undefined) => Promise<T>,
): Promise<[T, ...T[]]> {
  const pages: [T, ...T[]] = [await ask(undefined)];
  for (let at = pages[0].continuation; at !== undefined; at = pages.at(-1)?.continuation)
    pages.push(await ask(at));
  return pages;
}

/** Path and query of a request, below `/api/v1/`. */
function pathOf({ path }: Route, { params = {}, query = {} }: Asked): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const asked = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return asked.length === 0 ? filled : `${filled}?${new URLSearchParams(asked).toString()}`;
}
