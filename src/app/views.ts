/** What the API shows: the estate's status, one operation, the catalogue, a report. Read from the vault and the hub. */
import { approvedScope } from '../activities/approved-scope.ts';
import { readCatalogue, usablePoints } from '../activities/points.ts';
import { newestReport } from '../activities/report/chain.ts';
import type { Dependencies } from '../activities/dependencies.ts';
import { scoped } from '../activities/scope.ts';
import { needDocument, readDocument } from '../activities/vault-documents.ts';
import type { DrillSummary } from '../contracts/api/drills.ts';
import type { PointsResponse } from '../contracts/api/retention.ts';
import type { OperationView } from '../contracts/api/runs.ts';
import type { ScanFindingsResponse } from '../contracts/api/scans.ts';
import type { StatusResponse, SystemStatus } from '../contracts/api/status.ts';
import { progress, type Progress } from '../contracts/cycle.ts';
import { alertDocument, runKinds, type RecoveryPoint } from '../contracts/documents.ts';
import type { EstateSystem } from '../contracts/estate.ts';
import { storedReport, type StoredReport } from '../contracts/report.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { viewUnprotected } from './estate-watch.ts';
import { viewExposure, viewNotCounted } from './exposure.ts';
import { freshnessOf, type KindFreshness } from './freshness.ts';
import { heldAmong, viewHoldsOf } from './holds.ts';
import { viewRestoresNow } from './restores-now.ts';
import { unfinishedRun } from './runs.ts';
import { findingsOf, newestScan, newestWholeScan } from '../activities/scan/findings.ts';
import { scanDocument } from '../contracts/scan-documents.ts';
import { scanId } from '../contracts/scrub.ts';
import { pruneDocument, type PruneDocument } from '../contracts/prune.ts';
import { Failure, failureFrom, shownFailure } from '../policy/failure.ts';
import { parseInstanceId } from '../policy/identifiers.ts';
import { secondsOf } from '../policy/objectives.ts';
import { nextSlot } from '../policy/schedule.ts';
import type { TaskHub } from '../ports/task-hub.ts';

/** The status of every system in this region. */
export async function viewStatus(
  deps: Dependencies,
  hub: TaskHub,
  vaultUrl: string,
): Promise<StatusResponse> {
  const here = deps.estate.systems.filter((system) =>
    system.regions.some((one) => one.region === deps.region),
  );
  return {
    schema: 'lifeboat/status/v1',
    region: deps.region,
    at: isoOf(deps.clock.now()),
    softwareVersion: deps.softwareVersion,
    vault: vaultUrl,
    systems: await Promise.all(here.map((system) => viewSystem(deps, hub, system))),
    ...(await viewUnprotected(deps)),
  };
}

async function viewSystem(deps: Dependencies, hub: TaskHub, system: EstateSystem): Promise<SystemStatus> {
  const scope = { system: system.id, region: deps.region };
  const now = deps.clock.now();
  const here = await approvedScope(deps, scope);
  const { schedules } = here.system;
  const catalogue = await readCatalogue(deps, scope);
  const usable = usablePoints(catalogue, now);
  const [newest] = usable;
  const unreadable: string[] = [];
  const legible = legibleWith(unreadable);
  const status: SystemStatus = {
    ...{ system: system.id, name: system.name, region: deps.region, criticality: system.criticality },
    objectives: {
      rpoSeconds: secondsOf(system.objectives.rpo),
      rtoSeconds: secondsOf(system.objectives.rto),
    },
    points: { count: usable.length, damaged: catalogue.damaged.map((one) => one.problem) },
    ...(newest === undefined
      ? {}
      : { newestPoint: viewPoint(newest, now.diff(instantOf(newest.instant)).as('seconds')) }),
    exposure: await viewExposure(deps, here, catalogue),
    ...(await viewLastDrill(deps, scope, catalogue.points)),
    ...(await legible(viewLastScan(deps, scope), {})),
    ...(await legible(viewLastPrune(deps, scope), {})),
    freshness: (await legible(freshnessOf(deps, system), [])).map(viewFreshness),
    ...(await viewHoldsOf(deps, scope)),
    ...(await legible(viewRestoresNow(deps, scope), {})),
    alerts: await openAlerts(deps, scope, legible),
    running: await legible(runningOf(deps, hub, scope), []),
    next: {
      snapshot: isoOrNothing(nextSlot(schedules.snapshot, now)),
      scan: isoOrNothing(nextSlot(schedules.scan, now)),
      prune: isoOrNothing(nextSlot(schedules.prune, now)),
      drill: isoOrNothing(nextSlot(schedules.drill, now)),
    },
  };
  return unreadable.length === 0 ? status : { ...status, unreadable };
}

/** A part of a status, or what stands for it where a document of it is damaged: that hides no other part. */
type Legible = <T>(part: Promise<T>, instead: T) => Promise<T>;

/** Notes in `unreadable` what is wrong with each damaged document; any other failure is thrown on. */
function legibleWith(unreadable: string[]): Legible {
  return async (part, instead) => {
    try {
      return await part;
    } catch (thrown) {
      const failure = failureFrom(thrown);
      if (failure.code !== 'bad-document') throw thrown;
      unreadable.push(failure.message);
      return instead;
    }
  };
}

async function viewLastScan(deps: Dependencies, scope: Scope): Promise<Pick<SystemStatus, 'scan'>> {
  const scan = await newestWholeScan(deps, scope);
  if (scan === undefined) return {};
  const { id, endedAt, outcome, detail, counts, stores, findings } = scan;
  const worst = findings.filter((one) => one.verdict !== 'unreferenced').slice(0, 5);
  return { scan: { id, endedAt, outcome, detail, counts, stores, worst } };
}

async function viewLastPrune(deps: Dependencies, scope: Scope): Promise<Pick<SystemStatus, 'prune'>> {
  const paths: string[] = [];
  for await (const path of deps.vault.list(vaultPaths.prunes(scope))) paths.push(path);
  let prune: PruneDocument | undefined;
  for (const path of paths.toReversed()) {
    prune = (await readDocument(deps.vault, path, pruneDocument)) ?? prune;
    if (prune?.dryRun === false) break; // A dry run says nothing of what was deleted; it is shown where nothing else is.
  }
  if (prune === undefined) return {};
  const { id, endedAt, dryRun, outcome, detail, deleted, left, kept } = prune;
  return { prune: { id, endedAt, dryRun, outcome, detail, deleted, left, kept } };
}

function viewFreshness({ kind, freshness }: KindFreshness): SystemStatus['freshness'][number] {
  return {
    ...{ kind, state: freshness.state },
    ...('slot' in freshness ? { slot: isoOf(freshness.slot) } : {}),
    ...('lateAt' in freshness ? { lateAt: isoOf(freshness.lateAt) } : {}),
    ...('because' in freshness ? { because: freshness.because } : {}),
  };
}

async function runningOf(deps: Dependencies, hub: TaskHub, scope: Scope): Promise<SystemStatus['running']> {
  const ids = await Promise.all(
    runKinds.map(async (kind) => ({ kind, id: await unfinishedRun(deps, hub, scope, kind) })),
  );
  return ids.flatMap(({ kind, id }) => (id === undefined ? [] : [{ kind, id }]));
}

const isoOrNothing = (at: Parameters<typeof isoOf>[0] | undefined): string | undefined =>
  at === undefined ? undefined : isoOf(at);

function viewPoint(point: RecoveryPoint, ageSeconds: number): NonNullable<SystemStatus['newestPoint']> {
  return {
    id: point.id,
    kind: point.kind,
    instant: point.instant,
    ageSeconds,
    ...(point.proven === undefined ? {} : { provenAt: point.proven.at }),
  };
}

async function viewLastDrill(
  deps: Dependencies,
  scope: Scope,
  points: readonly RecoveryPoint[],
): Promise<Pick<SystemStatus, 'drill' | 'drillUnreadable'>> {
  try {
    // A drill of an instant is told to no point; one of an older version has no place in the chain.
    const newest = await newestReport(deps, scope);
    const drills = [
      ...points.flatMap(({ lastDrill }) => (lastDrill === undefined ? [] : [lastDrill])),
      ...(newest === undefined ? [] : [{ at: newest.finalizedAt, drill: newest.id }]),
    ];
    const last = drills.toSorted((a, b) => instantOf(b.at).toMillis() - instantOf(a.at).toMillis())[0];
    if (last === undefined) return {};
    const report = await needDocument(deps.vault, vaultPaths.report(scope, last.drill), storedReport);
    const signature = await deps.vault.read(vaultPaths.reportSignature(scope, last.drill));
    return { drill: { ...summarize(report, scope), signed: signature !== undefined } };
  } catch (thrown) {
    return { drillUnreadable: shownFailure(thrown).message };
  }
}

function summarize(report: StoredReport, scope: Scope): DrillSummary {
  const { id, finalizedAt, result, reasons, statuses, timeline } = report;
  return {
    ...{ id, finalizedAt, result, reasons, statuses, timeline },
    point: report.recoveryPoint.id,
    ...{
      rpo: report.recovery.rpo,
      rto: report.recovery.rto,
      rtoBreakdownSeconds: report.recovery.rtoBreakdownSeconds,
    },
    checks: {
      passed: report.checks.filter((check) => check.status === 'passed').length,
      total: report.checks.length,
    },
    findings: report.findings.length,
    report: vaultPaths.report(scope, id),
    markdown: vaultPaths.reportMarkdown(scope, id),
  };
}

async function openAlerts(
  deps: Dependencies,
  scope: Scope,
  legible: Legible,
): Promise<SystemStatus['alerts']> {
  const open: SystemStatus['alerts'] = [];
  for await (const path of deps.vault.list(vaultPaths.alerts(scope))) {
    const alert = await legible(readDocument(deps.vault, path, alertDocument), undefined);
    if (alert !== undefined && alert.resolvedAt === undefined) open.push(alert);
  }
  return open;
}

/** One run, with the word of the child that is at work in it. */
export async function viewOperation(hub: TaskHub, id: string): Promise<OperationView> {
  const run = parseInstanceId(id);
  const instance = run === undefined ? undefined : await hub.find(id);
  if (run === undefined || instance === undefined)
    throw new Failure(
      'not-found',
      `there is no operation "${id}"`,
      'List what was started with: lifeboat status',
    );
  const own = progress.safeParse(instance.customStatus).data;
  const inner = await progressOfChild(hub, own);
  return {
    ...{ id, kind: run.kind, system: run.system, region: run.region, state: instance.state },
    ...{ startedAt: isoOf(instance.startedAt), updatedAt: isoOf(instance.updatedAt) },
    ...(own === undefined ? {} : { progress: own }),
    ...(inner === undefined ? {} : { inner }),
    ...(instance.state === 'succeeded' ? { result: instance.output } : {}),
    ...(instance.state === 'failed'
      ? { failure: typeof instance.output === 'string' ? instance.output : JSON.stringify(instance.output) }
      : {}),
  };
}

/** Children below children that are followed, at most. */
const deepestChild = 4;

/** The word of the child at work, or of the one at work in it, and so on. */
async function progressOfChild(hub: TaskHub, own: Progress | undefined): Promise<Progress | undefined> {
  let deepest: Progress | undefined;
  for (let depth = 0, at = own; depth < deepestChild && at?.child !== undefined; depth += 1) {
    at = progress.safeParse((await hub.find(at.child))?.customStatus).data;
    deepest = at ?? deepest;
  }
  return deepest;
}

const findingsInPage = 1_000;

/** Findings from a place on; `next` is where the next page begins. */
export type FindingsPage = Omit<ScanFindingsResponse, 'continuation'> & { readonly next?: number };

/** Findings of a scan (or of the newest one, `latest`) from a place on. */
export async function viewFindings(
  deps: Dependencies,
  system: string,
  scan: string,
  from: number,
): Promise<FindingsPage> {
  const { scope } = scoped(deps, { system, region: deps.region });
  const document =
    scan === 'latest'
      ? await newestScan(deps, scope)
      : scanId.safeParse(scan).success
        ? await readDocument(deps.vault, vaultPaths.scan(scope, scan), scanDocument)
        : undefined;
  if (document === undefined)
    throw new Failure(
      'not-found',
      `there is no scan ${JSON.stringify(scan)} of ${scope.system} in ${scope.region}`,
      'Name one as scan-yyyymmddThhmmssZ, or "latest"; run one with: lifeboat scan run',
    );
  const { findings: worst, ...about } = document;
  const page: ScanFindingsResponse['findings'] = [];
  let at = 0;
  for await (const some of findingsOf(deps, scope, document.id)) {
    page.push(...some.slice(Math.max(0, from - at), Math.max(0, from + findingsInPage - at)));
    at += some.length;
    if (at > from + findingsInPage) return { scan: about, findings: page, next: from + findingsInPage };
  }
  // Of an older scan nothing is kept but its result, with the worst of its findings.
  return { scan: about, findings: at === 0 ? worst.slice(from) : page };
}

/** The recovery points of a system. */
export async function viewPoints(deps: Dependencies, system: string): Promise<PointsResponse> {
  const { scope } = scoped(deps, { system, region: deps.region });
  const catalogue = await readCatalogue(deps, scope);
  const { points, damaged } = catalogue;
  return {
    points: [...points],
    ...(await heldAmong(deps, scope, points)),
    ...(await viewNotCounted(deps, await approvedScope(deps, scope), catalogue)),
    damaged: [...damaged],
  };
}
