/**
 * The client of one region's HTTP API. Every answer is checked against its contract before anybody uses it; whatever is
 * not the promised answer becomes a `Failure`: the app's own, when it sent a problem document, otherwise one that says
 * what stands at that URL instead.
 */
import { z } from 'zod';
import {
  coverageResponse,
  type CoverageResponse,
  operationView,
  pointsResponse,
  reportHistoryResponse,
  reportsResponse,
  problemDocument,
  startedResponse,
  statusResponse,
  type startCycleRequest,
  cancelRestoreResponse,
  restorePlanResponse,
  type planRestoreRequest,
  type RestorePlanResponse,
  restoresResponse,
  type cancelRestoreRequest,
  type RestoresResponse,
  type startDrillRequest,
  type requestRestoreRequest,
  type restoreWordRequest,
  restoreWordResponse,
  type RestoreWordResponse,
  type startPruneRequest,
  explanationResponse,
  scanFindingsResponse,
  type ExplanationResponse,
  type ScanFindingsResponse,
  type startRepairRequest,
  type startScanRequest,
  type startSnapshotRequest,
  type OperationView,
  type PointsResponse,
  type ReportHistoryResponse,
  type ReportsResponse,
  type StartedResponse,
  type StatusResponse,
  usualCourseResponse,
  type UsualCourseResponse,
} from '../contracts/api.ts';
import {
  auditFiles,
  auditPart,
  auditResponse,
  type AuditFile,
  type AuditFiles,
  type AuditPart,
  type AuditQuery,
  type AuditResponse,
} from '../contracts/audit.ts';
import {
  addErasuresResponse,
  erasuresResponse,
  type AddErasuresResponse,
  type addErasuresRequest,
  type ErasuresResponse,
} from '../contracts/erasures.ts';
import {
  holdReleasedResponse,
  holdSetResponse,
  holdsResponse,
  type HoldSetResponse,
  type HoldsResponse,
  type HoldView,
  type releaseHoldRequest,
  type setHoldRequest,
} from '../contracts/holds.ts';
import { doctorResponse, type DoctorResponse } from '../contracts/doctor.ts';
import { storedReport, type StoredReport } from '../contracts/report.ts';
import { signingKeyFile, type SigningKeyFile } from '../contracts/signing.ts';
import {
  drillServersResponse,
  reapResponse,
  type DrillServersResponse,
  type ReapResponse,
} from '../contracts/reaper.ts';
import { Failure, failureCodes, type FailureCode } from '../policy/failure.ts';
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

const defaultTimeoutSeconds = 60;

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
  status(): Promise<StatusResponse> {
    return this.#json('GET', 'status', statusResponse);
  }

  /** Everything that the region's doctor looks at, looked at now. */
  doctor(): Promise<DoctorResponse> {
    return this.#json('GET', 'doctor', doctorResponse);
  }

  /** Starts the cycle of one system, or of all in the region. */
  startCycle(body: z.input<typeof startCycleRequest> = {}): Promise<StartedResponse> {
    return this.#json('POST', 'cycles', startedResponse, body);
  }

  /** What the drills of a system have covered, and what is due. */
  coverage(system: string): Promise<CoverageResponse> {
    return this.#json('GET', `drills/${encodeURIComponent(system)}/coverage`, coverageResponse);
  }

  /** Starts a snapshot of one system. */
  startSnapshot(body: z.input<typeof startSnapshotRequest>): Promise<StartedResponse> {
    return this.#json('POST', 'snapshots', startedResponse, body);
  }

  /** Starts an integrity scan of one system. */
  startScan(body: z.input<typeof startScanRequest>): Promise<StartedResponse> {
    return this.#json('POST', 'scans', startedResponse, body);
  }

  /** What a scan found: the page that begins there, or the first one. */
  findings(system: string, scan: string, continuation?: string): Promise<ScanFindingsResponse> {
    const path = `scans/${encodeURIComponent(system)}/${encodeURIComponent(scan)}/findings`;
    return this.#json('GET', `${path}${pageAt(continuation)}`, scanFindingsResponse);
  }

  /** Starts a repair of what a scan found damaged, or its dry run. */
  startRepair(body: z.input<typeof startRepairRequest>): Promise<StartedResponse> {
    return this.#json('POST', 'repairs', startedResponse, body);
  }

  /** Why something is still there, or why it is gone. */
  explanation(system: string, id: string): Promise<ExplanationResponse> {
    const path = `prunes/${encodeURIComponent(system)}/explanation?id=${encodeURIComponent(id)}`;
    return this.#json('GET', path, explanationResponse);
  }

  /** Starts a prune of one system, or its dry run. */
  startPrune(body: z.input<typeof startPruneRequest>): Promise<StartedResponse> {
    return this.#json('POST', 'prunes', startedResponse, body);
  }

  /** What stands in the resource group for drills of a system, and what was removed lately. */
  drillServers(system: string): Promise<DrillServersResponse> {
    return this.#json('GET', `drills/${encodeURIComponent(system)}/servers`, drillServersResponse);
  }

  /** Has what drills left behind removed now. */
  reapDrillServers(system: string): Promise<ReapResponse> {
    return this.#json('POST', `drills/${encodeURIComponent(system)}/servers/reap`, reapResponse, {});
  }

  /** Starts a restore drill of one system. */
  startDrill(body: z.input<typeof startDrillRequest>): Promise<StartedResponse> {
    return this.#json('POST', 'drills', startedResponse, body);
  }

  /** What a restore of one system would do, lose and take. */
  planRestore(body: z.input<typeof planRestoreRequest>): Promise<RestorePlanResponse> {
    return this.#json('POST', 'restore-plans', restorePlanResponse, body);
  }

  /** A plan of a restore that was made before. */
  restorePlan(system: string, digest: string): Promise<RestorePlanResponse> {
    const path = `restore-plans/${encodeURIComponent(system)}/${encodeURIComponent(digest)}`;
    return this.#json('GET', path, restorePlanResponse);
  }

  /** Asks for a restore by its plan; it waits for another person. */
  requestRestore(body: z.input<typeof requestRestoreRequest>): Promise<StartedResponse> {
    return this.#json('POST', 'restores', startedResponse, body);
  }

  /** Says a word on a restore that was asked for. */
  sayOnRestore(
    system: string,
    restore: string,
    word: 'approve' | 'reject' | 'break-glass',
    body: z.input<typeof restoreWordRequest>,
  ): Promise<RestoreWordResponse> {
    const path = `restores/${encodeURIComponent(system)}/${encodeURIComponent(restore)}/${word}`;
    return this.#json('POST', path, restoreWordResponse, body);
  }

  /** The restores of one system, newest first. */
  restores(system: string): Promise<RestoresResponse> {
    return this.#json('GET', `restores/${encodeURIComponent(system)}`, restoresResponse);
  }

  /** Cancels a restore that has not ended. */
  cancelRestore(
    system: string,
    restore: string,
    body: z.input<typeof cancelRestoreRequest>,
  ): Promise<z.infer<typeof cancelRestoreResponse>> {
    const path = `restores/${encodeURIComponent(system)}/${encodeURIComponent(restore)}/cancel`;
    return this.#json('POST', path, cancelRestoreResponse, body);
  }

  /** Adds erasures that were done in the source. */
  addErasures(body: z.input<typeof addErasuresRequest>): Promise<AddErasuresResponse> {
    return this.#json('POST', 'erasures', addErasuresResponse, body);
  }

  /** The erasures that are applied again to what is restored. */
  erasures(system: string): Promise<ErasuresResponse> {
    return this.#json('GET', `erasures/${encodeURIComponent(system)}`, erasuresResponse);
  }

  /** Sets a legal hold on a system. */
  setHold(body: z.input<typeof setHoldRequest>): Promise<HoldSetResponse> {
    return this.#json('POST', 'holds', holdSetResponse, body);
  }

  /** The legal holds of one system, or of all in the region; with `all` those that are over or released, too. */
  async holds(system: string | undefined, all: boolean): Promise<HoldsResponse> {
    const query = new URLSearchParams({ ...(system === undefined ? {} : { system }), all: String(all) });
    const pages = await this.#pages(`holds?${query.toString()}`, holdsResponse);
    const [{ damaged }] = pages;
    return { holds: pages.flatMap(({ holds }) => holds), damaged };
  }

  /** Releases a legal hold. */
  async releaseHold(id: string, body: z.input<typeof releaseHoldRequest>): Promise<HoldView> {
    const path = `holds/${encodeURIComponent(id)}/release`;
    return (await this.#json('POST', path, holdReleasedResponse, body)).hold;
  }

  /** A page of the audit log of a system, the newest entries first. */
  audit(system: string, page: AuditQuery): Promise<AuditResponse> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(page)) if (value !== undefined) query.set(name, String(value));
    return this.#json('GET', `audit/${encodeURIComponent(system)}?${query.toString()}`, auditResponse);
  }

  /** The files that the audit log of a system consists of. */
  auditFiles(system: string): Promise<AuditFiles> {
    return this.#json('GET', `audit/${encodeURIComponent(system)}/files`, auditFiles);
  }

  /** Some bytes of one of them. */
  auditPart(system: string, { kind, name }: AuditFile, from: number): Promise<AuditPart> {
    const path = `audit/${encodeURIComponent(system)}/files/${kind}/${encodeURIComponent(name)}?from=${from}`;
    return this.#json('GET', path, auditPart);
  }

  /** How a started run goes. */
  operation(id: string): Promise<OperationView> {
    return this.#json('GET', `operations/${encodeURIComponent(id)}`, operationView);
  }

  /** How runs of its kind usually go. */
  usualCourse(id: string): Promise<UsualCourseResponse> {
    return this.#json('GET', `operations/${encodeURIComponent(id)}/usual`, usualCourseResponse);
  }

  /** The recovery points of one system. */
  async points(system: string): Promise<PointsResponse> {
    const pages = await this.#pages(`points/${encodeURIComponent(system)}`, pointsResponse);
    const { continuation: _, ...first } = pages[0];
    return { ...first, points: pages.flatMap(({ points }) => points) };
  }

  /** The report of one drill. */
  report(system: string, drill: string): Promise<StoredReport> {
    return this.#json('GET', reportPath(system, drill), storedReport);
  }

  /** Which reports of a system there are. */
  reports(system: string): Promise<ReportsResponse> {
    return this.#json('GET', `reports/${encodeURIComponent(system)}`, reportsResponse);
  }

  /** RPO and RTO over the drills of a system: one page of its chain of reports. */
  reportHistory(
    system: string,
    { limit, before }: { readonly limit: number; readonly before: number | undefined },
  ): Promise<ReportHistoryResponse> {
    const query = new URLSearchParams({
      limit: String(limit),
      ...(before === undefined ? {} : { before: String(before) }),
    });
    const path = `report-history/${encodeURIComponent(system)}?${query.toString()}`;
    return this.#json('GET', path, reportHistoryResponse);
  }

  /** The report of one drill as Markdown, byte by byte as it lies in the vault. */
  reportMarkdown(system: string, drill: string): Promise<string> {
    return this.#text(`${reportPath(system, drill)}?format=markdown`, 'text/markdown');
  }

  /** The signed report of one drill: a compact JWS. */
  reportSignature(system: string, drill: string): Promise<string> {
    return this.#text(`${reportPath(system, drill)}?format=jws`, 'application/jose');
  }

  /** The public key of the signature of one drill's report. */
  reportKey(system: string, drill: string): Promise<SigningKeyFile> {
    return this.#json('GET', `${reportPath(system, drill)}?format=key`, signingKeyFile);
  }

  /** Every page of a list. */
  async #pages<T extends { readonly continuation?: string | undefined }>(
    path: string,
    shape: z.ZodType<T>,
  ): Promise<[T, ...T[]]> {
    const pages: [T, ...T[]] = [await this.#json('GET', path, shape)];
    for (let at = pages[0].continuation; at !== undefined; at = pages.at(-1)?.continuation)
      pages.push(await this.#json('GET', `${path}${pageAt(at, path.includes('?'))}`, shape));
    return pages;
  }

  async #text(path: string, mediaType: string): Promise<string> {
    const answer = await this.#ask('GET', path);
    if (!answer.contentType.startsWith(mediaType))
      throw this.#unknownForm('the report', `is not ${mediaType}`);
    return answer.text;
  }

  async #json<T>(method: 'GET' | 'POST', path: string, shape: z.ZodType<T>, body?: object): Promise<T> {
    const { text } = await this.#ask(method, path, body);
    const parsed = shape.safeParse(jsonIn(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw this.#unknownForm(path, `${issue?.path.join('.') || 'the document'}: ${issue?.message}`);
  }

  async #ask(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
    const { ca, signal, timeoutSeconds = defaultTimeoutSeconds } = this.#options;
    const headers = {
      authorization: `Bearer ${await this.#tokens()}`,
      accept: 'application/json, application/jose, text/markdown, application/problem+json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const url = new URL(`${this.url}/api/v1/${path}`);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await exchange({ url, method, headers, body: text, ca, signal, timeoutSeconds });
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

const pageAt = (continuation: string | undefined, isFurther = false): string =>
  continuation === undefined
    ? ''
    : `${isFurther ? '&' : '?'}continuation=${encodeURIComponent(continuation)}`;

const reportPath = (system: string, drill: string): string =>
  `reports/${encodeURIComponent(system)}/${encodeURIComponent(drill)}`;

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // No contract accepts it, so it is reported as what it is not.
  }
}

function failureOf(url: URL, answer: Answer): Failure {
  const problem = problemDocument.safeParse(jsonIn(answer.text));
  if (!problem.success) return foreignAnswer(url, answer.status);
  const { code, detail, hint, title } = problem.data;
  return new Failure(
    isFailureCode(code) ? code : codeOfStatus(answer.status),
    detail === '' ? title : detail,
    hint,
  );
}

const isFailureCode = (code: string): code is FailureCode => Object.hasOwn(failureCodes, code);

/** What stands before the app (the platform, a proxy, another program) answered in its place. */
function foreignAnswer(url: URL, status: number): Failure {
  const code = codeOfStatus(status);
  const messages: Partial<Record<FailureCode, readonly [string, string]>> = {
    'access-denied': [
      'lets nobody in',
      'What stands before the app refused the request: look at the access restrictions of the Functions app.',
    ],
    'not-found': [
      `knows no ${url.pathname}`,
      'Check the url in the profile; an app that was just deployed may need a minute to start.',
    ],
    unavailable: [
      `is not available (HTTP ${status})`,
      'The app may be starting or restarting; try again in a minute.',
    ],
  };
  const fallback = [
    `answered HTTP ${status} without a reason`,
    'Check that the url in the profile is that of the app.',
  ];
  const [message, hint] = messages[code] ?? fallback;
  return new Failure(code, `${url.origin} ${message}.`, hint);
}

function codeOfStatus(status: number): FailureCode {
  if (status === 401 || status === 403) return 'access-denied';
  if (status === 404) return 'not-found';
  if (status === 409) return 'conflict';
  if ([408, 429, 502, 503, 504].includes(status)) return 'unavailable';
  return status === 400 || status === 422 ? 'bad-input' : 'unexpected';
}
