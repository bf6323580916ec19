/** What waits for a second person, as the API lists it, and how it is decided. */
import { decide } from '../activities/decisions/decide.ts';
import { lookAt, waitingIn, type Standing } from '../activities/decisions/waiting.ts';
import type { Dependencies } from '../activities/dependencies.ts';
import { starterWords } from '../activities/starters.ts';
import { named, personOf, type Actor } from '../contracts/actor.ts';
import type { ApprovalsResponse, ApprovalView, DecisionResponse } from '../contracts/api/approvals.ts';
import type { ApprovalDocument } from '../contracts/documents.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import { pageOf, type PageQuery } from './api/paging.ts';
import { approvedSystems } from './estate-watch.ts';

const usuallyShown = 100;
const mostLines = 1_000;

/** What waits in a system, or in all of the region, the oldest first; those gone from the estate, too. */
export async function viewApprovals(
  deps: Dependencies,
  { system, ...query }: PageQuery & { readonly system?: string | undefined },
): Promise<ApprovalsResponse> {
  const systems = system === undefined ? await systemsOf(deps) : [system];
  const found: ApprovalView[] = [];
  for (const one of systems) {
    const scope = { system: one, region: deps.region };
    found.push(...(await waitingIn(deps, scope)).map((standing) => viewOf(scope, standing)));
  }
  const all = found.toSorted((a, b) => Date.parse(a.since) - Date.parse(b.since));
  const { page, ...more } = pageOf(all, ({ system: of, digest }) => `${of}/${digest}`, query, usuallyShown);
  return { approvals: page, ...more };
}

async function systemsOf(deps: Dependencies): Promise<string[]> {
  const here = deps.estate.systems.filter(({ regions }) =>
    regions.some(({ region }) => region === deps.region),
  );
  return [...new Set([...here.map(({ id }) => id), ...(await approvedSystems(deps))])];
}

/** What a digest stands for, and how the decision on it stands. */
export async function viewApproval(
  deps: Dependencies,
  system: string,
  digest: string,
): Promise<ApprovalView> {
  const scope = { system, region: deps.region };
  const standing = await lookAt(deps, scope, digest);
  const { lines } = standing.on;
  const more = lines.length - mostLines;
  return {
    ...viewOf(scope, standing),
    lines: lines.slice(0, mostLines),
    ...(more > 0 ? { more } : {}),
  };
}

function viewOf({ system, region }: Scope, { on, approval }: Standing): ApprovalView {
  const { kind, id, digest, since, summary, starter, closed, expiresAt, operation } = on;
  const { state, sentence } = approval;
  return {
    ...{ kind, id, system, region, digest, since, summary, requested: starterWords(starter) },
    ...(starter.kind === 'person' ? { requestedBy: starter.by } : {}),
    ...(starter.kind === 'person' && starter.byName !== undefined ? { requestedByName: starter.byName } : {}),
    ...{ state, standing: sentence },
    ...(closed === undefined ? {} : { closed }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(operation === undefined ? {} : { operation }),
  };
}

/** Has a second person approve or reject. */
export async function decideOn(
  deps: Dependencies,
  system: string,
  said: {
    readonly digest: string;
    readonly reason: string;
    readonly decision: ApprovalDocument['decision'];
    readonly by: Actor;
  },
): Promise<DecisionResponse> {
  const scope = { system, region: deps.region };
  const { on, decision } = await decide(deps, scope, { ...said, ...personOf(said.by) });
  const { by, byName, at, expiresAt } = decision;
  return {
    ...{ kind: on.kind, id: on.id, digest: on.digest, decision: decision.decision },
    ...{ by, ...named(byName), at },
    ...(decision.decision === 'approved' ? { expiresAt } : {}),
    ...(on.operation === undefined ? {} : { operation: on.operation }),
  };
}
