/** What each route does, from the checked request to the answer. A route that is missing here does not compile. */
import type { HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import type { Dependencies } from '../../activities/dependencies.ts';
import type { Actor } from '../../contracts/actor.ts';
import type { RunKind } from '../../contracts/documents.ts';
import type { RouteName, routes } from '../../contracts/routes/table.ts';
import { isOver } from '../../policy/instance-state.ts';
import type { TaskHub, TaskHubBacklog } from '../../ports/task-hub.ts';
import { decideOn, viewApproval, viewApprovals } from '../approvals.ts';
import { viewAuditFiles, viewAuditPart } from '../audit-files.ts';
import { viewAudit } from '../audit-pages.ts';
import { viewDoctor } from '../doctor/view.ts';
import { viewCoverage } from '../drill-coverage.ts';
import {
  breakGlassCutover,
  cancelCutover,
  planCutover,
  requestCutover,
  viewCutoverPlan,
  viewCutovers,
} from '../cutovers.ts';
import { startDrill } from '../drills.ts';
import { takeErasures, viewErasures } from '../erasures.ts';
import { viewExplanation } from '../explanations.ts';
import { answerReleaseHold, answerSetHold, viewHolds } from '../holds.ts';
import { started } from '../http.ts';
import type { NamedRequest } from './once.ts';
import { describeApi } from './openapi.ts';
import { continuationAt, pageOf, placeOf } from './paging.ts';
import { reapOne, viewDrillServers } from '../reaper.ts';
import { viewReportHistory } from '../report-history.ts';
import { reportForms, viewReport, viewReports } from '../report-views.ts';
import {
  breakGlass,
  cancelRestore,
  decideRestore,
  planRestore,
  requestRestore,
  viewRestorePlan,
  viewRestores,
} from '../restores.ts';
import { startRun } from '../runs.ts';
import { viewUsualCourse } from '../usual-course.ts';
import { viewFindings, viewOperation, viewPoints, viewStatus } from '../views.ts';

/** What handlers work with. */
export interface ApiParts {
  readonly deps: Dependencies;
  readonly systems: readonly string[];
  readonly settings: { readonly vaultUrl: string; readonly checkpointsUrl: string };
}

/** What routes ask of the task hub. */
export type ApiHub = TaskHub & TaskHubBacklog;

type Part<N extends RouteName, P extends 'params' | 'query' | 'body'> = (typeof routes)[N] extends {
  readonly [K in P]: infer S extends z.ZodType;
}
  ? z.output<S>
  : undefined;

/** A request that was let in and read. */
export interface Call<N extends RouteName> {
  readonly params: Part<N, 'params'>;
  readonly query: Part<N, 'query'>;
  readonly body: Part<N, 'body'>;
  readonly actor: Actor;
  readonly hub: ApiHub;
  /** Where the request has a name of its own. */
  readonly request?: NamedRequest | undefined;
}

type Handler<N extends RouteName> = (api: ApiParts, call: Call<N>) => Promise<HttpResponseInit>;

const json = async (body: Promise<object>): Promise<HttpResponseInit> => ({ jsonBody: await body });

/** Starts a run of one system. */
async function startOne(
  { deps }: ApiParts,
  { actor, hub, request }: Pick<Call<RouteName>, 'actor' | 'hub' | 'request'>,
  kind: RunKind,
  { system, ...input }: { readonly system: string },
): Promise<HttpResponseInit> {
  const scope = { system, region: deps.region };
  return started([await startRun(deps, hub, { kind, scope, actor, input, request })]);
}

const handlers: { readonly [N in RouteName]: Handler<N> } = {
  openapi: async ({ deps }) => ({ jsonBody: describeApi(deps.softwareVersion) }),
  status: ({ deps, settings }, { hub }) => json(viewStatus(deps, hub, settings.vaultUrl)),
  doctor: (api, { hub }) => json(viewDoctor(api, hub)),
  points: async ({ deps }, { params, query }) => {
    const { points, ...rest } = await viewPoints(deps, params.system);
    const { page, ...more } = pageOf(points, ({ id }) => id, query, usualPage);
    return { jsonBody: { points: page, ...rest, ...more } };
  },
  operation: async (_, { params, hub }) => {
    const view = await viewOperation(hub, params.id);
    return { status: isOver(view.state) ? 200 : 202, jsonBody: view };
  },
  usualCourse: ({ deps }, { params, hub }) => json(viewUsualCourse(deps, hub, params.id)),
  scanFindings: async ({ deps }, { params, query }) => {
    const { next, ...page } = await viewFindings(deps, params.system, params.scan, placeOf(query));
    return { jsonBody: { ...page, ...(next === undefined ? {} : { continuation: continuationAt(next) }) } };
  },
  pruneExplanation: ({ deps }, { params, query }) => json(viewExplanation(deps, params.system, query.id)),
  drillCoverage: ({ deps }, { params }) => json(viewCoverage(deps, params.system)),
  drillServers: ({ deps }, { params }) => json(viewDrillServers(deps, params.system)),
  restores: ({ deps }, { params, query }) => json(viewRestores(deps, params.system, query)),
  holds: async ({ deps }, { query }) => {
    const { holds, damaged } = await viewHolds(deps, query.system, query.all ?? false);
    const { page, ...more } = pageOf(holds, ({ system, id }) => `${system}/${id}`, query, usualPage);
    return { jsonBody: { holds: page, damaged, ...more } };
  },
  reports: ({ deps }, { params, query }) => json(viewReports(deps, params.system, query)),
  audit: ({ deps }, { params, query: { limit = usualEntries, ...query } }) =>
    json(viewAudit(deps, params.system, { limit, ...query })),
  auditFiles: ({ deps }, { params }) => json(viewAuditFiles(deps, params.system)),
  auditPart: ({ deps }, { params: { system, ...file }, query }) =>
    json(viewAuditPart(deps, system, file, query.from ?? 0)),
  report: async ({ deps }, { params, query }) => ({
    body: await viewReport(deps, params.system, params.drill, query.format),
    headers: { 'content-type': reportForms[query.format] },
  }),
  reportHistory: ({ deps }, { params, query: { limit = usualHistory, ...query } }) =>
    json(viewReportHistory(deps, params.system, { limit, ...query })),

  startCycle: async ({ deps, systems }, { body: { system, ...input }, actor, hub, request }) => {
    const ids: string[] = [];
    for (const one of system === undefined ? systems : [system]) {
      const scope = { system: one, region: deps.region };
      ids.push(await startRun(deps, hub, { kind: 'cycle', scope, actor, input, request }));
    }
    return started(ids);
  },
  startSnapshot: (api, call) => startOne(api, call, 'snapshot', call.body),
  startScan: (api, call) => startOne(api, call, 'scan', call.body),
  startPrune: (api, call) => startOne(api, call, 'prune', call.body),
  startRepair: (api, call) => startOne(api, call, 'repair', call.body),
  startDrill: async ({ deps }, { body, actor, hub, request }) =>
    started([await startDrill(deps, hub, body, actor, request)]),
  reapDrillServers: ({ deps }, { params }) => json(reapOne(deps, params.system)),
  approvals: ({ deps }, { query }) => json(viewApprovals(deps, query)),
  approval: ({ deps }, { params }) => json(viewApproval(deps, params.system, params.digest)),
  approve: ({ deps }, { params, body, actor }) =>
    json(decideOn(deps, params.system, { ...body, by: actor, decision: 'approved' })),
  reject: ({ deps }, { params, body, actor }) =>
    json(decideOn(deps, params.system, { ...body, by: actor, decision: 'rejected' })),
  planRestore: ({ deps }, { body }) => json(planRestore(deps, body)),
  restorePlan: ({ deps }, { params }) => json(viewRestorePlan(deps, params.system, params.digest)),
  erasures: ({ deps }, { params }) => json(viewErasures(deps, params.system)),
  addErasures: ({ deps }, { body, actor }) => json(takeErasures(deps, body, actor)),
  requestRestore: async ({ deps }, { body, actor, hub }) =>
    started([await requestRestore(deps, hub, body, actor)]),
  approveRestore: ({ deps }, { params, body, actor }) =>
    json(decideRestore(deps, params.system, params.restore, { ...body, by: actor, decision: 'approved' })),
  rejectRestore: ({ deps }, { params, body, actor }) =>
    json(decideRestore(deps, params.system, params.restore, { ...body, by: actor, decision: 'rejected' })),
  breakGlass: ({ deps }, { params, body, actor }) =>
    json(breakGlass(deps, params.system, params.restore, { ...body, by: actor })),
  cancelRestore: async ({ deps }, { params, body: { reason }, actor }) => ({
    status: 202,
    jsonBody: await cancelRestore(deps, params.system, params.restore, { by: actor, reason }),
  }),
  planCutover: ({ deps }, { body }) => json(planCutover(deps, body)),
  cutoverPlan: ({ deps }, { params }) => json(viewCutoverPlan(deps, params.system, params.digest)),
  cutovers: ({ deps }, { params, query }) => json(viewCutovers(deps, params.system, query)),
  requestCutover: async ({ deps }, { body, actor, hub }) =>
    started([await requestCutover(deps, hub, body, actor)]),
  breakGlassCutover: ({ deps }, { params, body, actor }) =>
    json(breakGlassCutover(deps, params.system, params.cutover, { ...body, by: actor })),
  cancelCutover: async ({ deps }, { params, body: { reason }, actor }) => ({
    status: 202,
    jsonBody: await cancelCutover(deps, params.system, params.cutover, { by: actor, reason }),
  }),
  setHold: ({ deps }, { body, actor, request }) =>
    answerSetHold(deps, request === undefined ? body : { key: `request-${request.id}`, ...body }, actor),
  releaseHold: ({ deps }, { params, body, actor }) => answerReleaseHold(deps, params.id, body, actor),
};

const usualHistory = 30;
const usualEntries = 100;
const usualPage = 500;

/** The handler of a route, for a call of which only the route knows the types. */
export const handlerOf = (name: RouteName) =>
  handlers[name] as (
    api: ApiParts,
    call: Omit<Call<RouteName>, 'params' | 'query' | 'body'> & {
      readonly params: unknown;
      readonly query: unknown;
      readonly body: unknown;
    },
  ) => Promise<HttpResponseInit>;
