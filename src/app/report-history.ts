/**
 * RPO and RTO of a system over its drills, from the chain of reports in the vault: one page, the newest first. Nothing is
 * taken on trust: each report is held against its signature, its plan and the report before it, by the keys that stand
 * beside the reports. What does not verify is shown as such and counts for nothing in the figures.
 */
import pMap from 'p-map';
import type { Dependencies } from '../activities/dependencies.ts';
import { lastNumber } from '../activities/report/chain.ts';
import { scoped } from '../activities/scope.ts';
import { needDocument } from '../activities/vault-documents.ts';
import type { HistoryReport, ReportHistoryResponse } from '../contracts/api/reports.ts';
import { reportEntry, type DrillReport } from '../contracts/report.ts';
import { reportHeader, type SigningKeyFile } from '../contracts/signing.ts';
import { instantOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { canonicalJson, digestOf } from '../policy/canonical-json.ts';
import { failureFrom } from '../policy/failure.ts';
import { parseCompactJws } from '../policy/jws.ts';
import { figuresOf } from '../policy/objective-history.ts';
import { Findings } from '../verification/findings.ts';
import { verifyReport } from '../verification/report.ts';
import type { TrustedKey } from '../verification/signature.ts';
import { continuationAt, placeOf, type PageQuery } from './api/paging.ts';
import { keyNamed } from './report-views.ts';

const readAtOnce = 8;

/** Which page: at most `limit` reports, from where the page before ended, or the newest. */
export type HistoryPage = PageQuery & { readonly limit: number };

/** One page of the history of a system. */
export async function viewReportHistory(
  deps: Dependencies,
  system: string,
  { limit, ...query }: HistoryPage,
): Promise<ReportHistoryResponse> {
  const { scope } = scoped(deps, { system, region: deps.region });
  const before = placeOf(query) || Number.POSITIVE_INFINITY;
  const newest = Math.min(await lastNumber(deps, scope), before - 1);
  const oldest = Math.max(1, newest - limit + 1);
  const numbers = Array.from({ length: Math.max(0, newest - oldest + 1) }, (_, index) => newest - index);
  // One more than is shown: the oldest report of the page is held against the one before it.
  const entries = new Map(
    await pMap(
      oldest > 1 ? [...numbers, oldest - 1] : numbers,
      async (number) => [number, await entryOf(deps, scope, number)] as const,
      { concurrency: readAtOnce },
    ),
  );
  const keys = new Map<string, Promise<SigningKeyFile | undefined>>();
  const shown = await pMap(
    numbers.flatMap((number) => entries.get(number)?.report ?? []),
    async (report) => {
      const previous = entries.get(report.number - 1)?.report;
      return rowOf(report, await standingOf({ deps, scope, keys }, report, previous));
    },
    { concurrency: readAtOnce },
  );
  return {
    ...{ schema: 'lifeboat/report-history/v1', ...scope, reports: shown },
    unreadable: numbers.flatMap((number) => {
      const problem = entries.get(number)?.problem;
      return problem === undefined ? [] : [{ number, problem }];
    }),
    figures: figuresByScenario(shown),
    ...(oldest > 1 && newest > 0 ? { continuation: continuationAt(oldest) } : {}),
  };
}

interface Entry {
  readonly report?: DrillReport;
  readonly problem?: string;
}

async function entryOf(deps: Dependencies, scope: Scope, number: number): Promise<Entry> {
  const path = vaultPaths.reportEntry(scope, number);
  try {
    const { report } = await needDocument(deps.vault, path, reportEntry);
    if (report.number === number) return { report };
    return { problem: `${path} in the vault holds report ${report.number}` };
  } catch (thrown) {
    const failure = failureFrom(thrown);
    if (failure.code !== 'bad-document' && failure.code !== 'not-found') throw thrown;
    return { problem: failure.message };
  }
}

interface Verifier {
  readonly deps: Dependencies;
  readonly scope: Scope;
  /** Each key is read once for a page. */
  readonly keys: Map<string, Promise<SigningKeyFile | undefined>>;
}

async function standingOf(
  verifier: Verifier,
  report: DrillReport,
  previous: DrillReport | undefined,
): Promise<HistoryReport['signature']> {
  const { deps, scope } = verifier;
  const path = vaultPaths.reportSignature(scope, report.id);
  const jws = (await deps.vault.read(path))?.bytes.toString('utf8').trim();
  const findings = new Findings();
  const text = canonicalJson(report);
  await verifyReport(
    {
      ...{ jws, report: text, keys: jws === undefined ? [] : await keysFor(verifier, jws) },
      ...{ previous: undefined, evidence: undefined },
    },
    findings,
  );
  const isOf = report.system.id === scope.system && report.system.region === scope.region;
  if (!isOf) findings.wrong('report-differs', 'it is the report of another system or region');
  checkLink(report, previous, findings);
  const problems = findings.problems.map(({ detail }) => detail);
  if (findings.verdict !== 'unknown') return { state: findings.verdict, problems };
  return { state: jws === undefined ? 'unsigned' : 'unknown', problems };
}

/** Holds a report, signed or not, against the one before it. */
function checkLink(report: DrillReport, previous: DrillReport | undefined, findings: Findings): void {
  if (previous === undefined && report.number > 1)
    return findings.wrong('no-previous', 'the report before it cannot be read');
  const isLinked =
    report.previous?.drill === previous?.id &&
    report.previous?.digest === (previous === undefined ? undefined : digestOf(previous));
  const named = report.previous?.drill ?? 'none';
  findings.must(
    isLinked,
    `the report before it is ${named}`,
    'previous-differs',
    `the report before it (${named}) is not the one that stands there`,
  );
}

/** The key that a signature names, as it stands beside the reports; none if it names none that is there. */
async function keysFor({ deps, keys }: Verifier, text: string): Promise<TrustedKey[]> {
  const jws = parseCompactJws(text);
  const kid = typeof jws === 'string' ? undefined : reportHeader.safeParse(jws.header).data?.kid;
  if (kid === undefined) return [];
  const known = keys.get(kid) ?? readKey(deps, kid);
  keys.set(kid, known);
  const about = await known;
  return about === undefined
    ? []
    : [{ jwk: about.jwk, file: vaultPaths.signingKey(deps.region, kid), about }];
}

async function readKey(deps: Dependencies, id: string): Promise<SigningKeyFile | undefined> {
  try {
    return await keyNamed(deps, id);
  } catch (thrown) {
    const { code } = failureFrom(thrown);
    if (code !== 'not-found' && code !== 'bad-document') throw thrown;
    return undefined;
  }
}

function rowOf(report: DrillReport, signature: HistoryReport['signature']): HistoryReport {
  const { number, id, plan, result, recoveryPoint, recovery } = report;
  const of = ({ objectiveSeconds, achievedSeconds, verdict }: typeof recovery.rpo): HistoryReport['rpo'] => ({
    objectiveSeconds,
    ...(achievedSeconds === undefined ? {} : { seconds: achievedSeconds }),
    verdict,
  });
  return {
    ...{ number, drill: id, declaredAt: recovery.declaredAt, scenario: plan.scenario },
    ...{ point: recoveryPoint.id, result, rpo: of(recovery.rpo), rto: of(recovery.rto), signature },
  };
}

/** The figures of each scenario, the one that was played last first. */
function figuresByScenario(reports: readonly HistoryReport[]): ReportHistoryResponse['figures'] {
  const believed = reports.filter(({ signature }) => signature.state !== 'not-verified');
  return [...Map.groupBy(believed, ({ scenario }) => scenario)].map(([scenario, played]) => {
    const inTime = played.toSorted(
      (a, b) => instantOf(a.declaredAt).toMillis() - instantOf(b.declaredAt).toMillis(),
    );
    const [rpo, rto] = [
      figuresOf(inTime.map((one) => one.rpo.seconds)),
      figuresOf(inTime.map((one) => one.rto.seconds)),
    ];
    return {
      ...{ scenario, drills: played.length },
      ...(rpo === undefined ? {} : { rpo }),
      ...(rto === undefined ? {} : { rto }),
    };
  });
}
