/**
 * The servers of drills and of people's restores: restore, open, read back; a drill's are removed. A restore that was
 * begun is found again by its plan's tags and never begun twice; once the removal has begun, a late restore is refused.
 */
import { closingDocument, type ClosingDocument } from '../contracts/documents.ts';
import { beginRemoval, beginRestore, openServer, readIsolation, type OnTarget } from '../contracts/drill.ts';
import type { OperationStart } from '../contracts/operations.ts';
import { closingPath, madeAt, runOfPlan, type PlayedPlan } from '../contracts/played-plan.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { reapedDocument } from '../contracts/reaper.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { parseServerResourceId } from '../policy/identifiers.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import { safetyMargins } from '../policy/safety-margins.ts';
import { drillTags, restoreTags } from '../policy/server-removal.ts';
import type { ServerFacts } from '../ports/database-servers.ts';
import { implement, type Activity } from './activity.ts';
import { settleIntent } from './audited.ts';
import { auditedOperation } from './audited-operation.ts';
import { deletePlannedServer } from './deleter/servers.ts';
import type { Dependencies } from './dependencies.ts';
import { readPlan } from './drill-plan.ts';
import { readPlayedPlan, targetOf } from './played-plan.ts';
import { mustBeGone } from './restore/lost-source.ts';
import { needPermit } from './restore/need-permit.ts';
import { pairedRegionOf, scoped, serverHere, targetHere } from './scope.ts';
import { createOrRead, readDocument } from './vault-documents.ts';

const action = 'restore-server';
const notRevived = 'what the provider kept of the server that is gone is not revived: ';

export function drillServerActivities(deps: Dependencies): Activity[] {
  return [
    implement(beginRestore, async (on): Promise<OperationStart> => {
      scoped(deps, on);
      const plan = await readPlayedPlan(deps, on, on.plan);
      const { target } = targetOf(plan, on.database);
      const standing = await deps.servers.get(target);
      if (standing === undefined) return startRestore(deps, on, plan);
      const adopted = adopt(on, plan, standing);
      if (adopted.state === 'done') await settleIntent(deps, on, { action, target }, { result: 'done' });
      return adopted;
    }),

    implement(openServer, async (on): Promise<OperationStart> => {
      const { target, allowedAddresses } = targetOf(await readPlayedPlan(deps, on, on.plan), on.database);
      const rules = await deps.servers.listFirewallRules(target);
      for (const [index, range] of allowedAddresses.entries()) {
        const rule = `lifeboat-check-${index + 1}`;
        if (!rules.has(rule)) return deps.servers.beginFirewallRule(target, rule, range);
      }
      return { state: 'done', detail: `${allowedAddresses.length} address range(s) let in` };
    }),

    implement(readIsolation, async (on) => {
      const planned = targetOf(await readPlayedPlan(deps, on, on.plan), on.database);
      const { target } = planned;
      const server = await targetHere(deps, on, planned);
      const rules = await deps.servers.listFirewallRules(target);
      const firewallRules = [...rules].map(([name, range]) => `${name}: ${range.start} to ${range.end}`);
      return { target, firewallRules, publicNetworkAccess: server.publicNetworkAccess };
    }),

    implement(beginRemoval, async (on): Promise<OperationStart> => {
      scoped(deps, on);
      const plan = await readPlan(deps, on, on.plan);
      const { target } = targetOf(plan, on.database);
      const closing = await closePlan(deps, on, plan);
      return deletePlannedServer(deps, on, {
        ...{ plan, digest: on.plan, target, everMade: closing.found.includes(target) },
      });
    }),
  ];
}

async function startRestore(deps: Dependencies, on: OnTarget, plan: PlayedPlan): Promise<OperationStart> {
  const { source, target, location, instant: at, mode } = targetOf(plan, on.database);
  if ('restore' in plan) await needPermit(deps, on, plan.restore, on.plan);
  await (mode === 'revive' ? mustBeGone(deps, source) : serverHere(deps, source));
  mustLieIn(location, mode === 'geo' ? pairedRegionOf(deps, on) : deps.region);
  const run = { ['drill' in plan ? 'drill' : 'restore']: runOfPlan(plan) };
  const detail = { ...run, source, instant: at, mode };
  return auditedOperation(deps, on, { action, target, detail }, () => beginUnlessClosed(deps, on, plan));
}

async function beginUnlessClosed(
  deps: Dependencies,
  on: OnTarget,
  plan: PlayedPlan,
): Promise<OperationStart> {
  const { source, target, location, instant: at, mode } = targetOf(plan, on.database);
  // Asked last: whatever holds an attempt up before this, it makes no server after the removal was begun.
  if (await isClosed(deps, on, plan, target)) {
    return {
      state: 'failed',
      code: 'DrillClosed',
      message: `${runOfPlan(plan)} is being cleaned up: nothing is restored any more`,
    };
  }
  const tags = tagsOf(plan, on.plan);
  try {
    return await deps.servers.beginRestore({ source, target, location, instant: instantOf(at), mode, tags });
  } catch (thrown) {
    // Somebody else's start of the same step may have come first: then its server is there.
    const standing = await deps.servers.get(target);
    if (standing === undefined) return refusalOr(thrown, mode === 'revive' ? notRevived : '');
    return adopt(on, plan, standing);
  }
}

/** Nothing is made outside the region that the estate allows now, whatever a plan says. */
function mustLieIn(location: string, region: string): void {
  if (location === region) return;
  throw new Failure(
    'wrong-region',
    `the plan restores in ${location}, not in ${region}: nothing is made there`,
    'The estate file was changed since the plan was made; drill again.',
  );
}

/**
 * Whether the removal was begun, by the reaper of a drill that stood still for days or by the run itself. The run is asked
 * about last: its removal may begin at any moment, also while the other answer is awaited.
 */
async function isClosed(
  deps: Dependencies,
  on: OnTarget,
  plan: PlayedPlan,
  target: string,
): Promise<boolean> {
  const name = parseServerResourceId(target)?.name ?? '';
  if (
    ('drill' in plan || plan.tables !== undefined) &&
    (await readDocument(deps.vault, vaultPaths.reapedServer(on, name), reapedDocument)) !== undefined
  )
    return true;
  return (await readDocument(deps.vault, closingPath(on, plan), closingDocument)) !== undefined;
}

/** The tags by which a server is known as the plan's own. A drill's expires; a person's restore stays until a person removes it. */
function tagsOf(plan: PlayedPlan, digest: string): Record<string, string> {
  const { drillServerTimeToLiveSeconds: seconds } = safetyMargins;
  if ('drill' in plan) {
    const from = instantOf(plan.beganAt ?? plan.declaredAt);
    const expires = isoOf(from.plus({ seconds: seconds + plan.cleanUpDelaySeconds }));
    return { [drillTags.drill]: plan.drill, [drillTags.plan]: digest, [drillTags.expires]: expires };
  }
  if (plan.tables === undefined) return { [restoreTags.restore]: plan.restore, [restoreTags.plan]: digest };
  // Only the copy needs it: like a drill's it is let go of, by the reaper where nobody else does.
  const expires = isoOf(instantOf(plan.validUntil).plus({ seconds }));
  return { [drillTags.drill]: plan.restore, [drillTags.plan]: digest, [drillTags.expires]: expires };
}

/** The provider's refusal is the restore's outcome; whatever may pass is thrown and tried again. */
function refusalOr(thrown: unknown, lead: string): OperationStart {
  const failure = failureFrom(thrown);
  if (failure.retryable) throw failure;
  return { state: 'failed', code: failure.code, message: `${lead}${failure.message}` };
}

function adopt(on: OnTarget, plan: PlayedPlan, standing: ServerFacts): OperationStart {
  const tags = Object.entries(tagsOf(plan, on.plan));
  if (!tags.every(([name, value]) => standing.tags[name] === value)) {
    throw new Failure(
      'conflict',
      `${standing.id} exists and is not of ${runOfPlan(plan)}: nothing is restored onto it`,
      'Find out whose it is, and use another name.',
    );
  }
  if (standing.state === 'Ready') return { state: 'done', detail: 'restored' };
  return {
    state: 'running',
    operation: {
      kind: 'restore',
      server: standing.id,
      acceptedAt: isoOf(standing.createdAt ?? instantOf(madeAt(plan))),
    },
  };
}

/** Marks that nothing is restored by the plan any more, and which of its servers there were then. */
export async function closePlan(
  deps: Dependencies,
  scope: Scope,
  plan: PlayedPlan,
): Promise<ClosingDocument> {
  const path = closingPath(scope, plan);
  const standing = await readDocument(deps.vault, path, closingDocument);
  if (standing !== undefined) return standing;
  const found: string[] = [];
  for (const { target } of plan.targets)
    if ((await deps.servers.get(target)) !== undefined) found.push(target);
  return createOrRead(deps.vault, path, closingDocument, {
    schema: 'lifeboat/drill-closing/v1',
    drill: runOfPlan(plan),
    at: isoOf(deps.clock.now()),
    found,
  });
}
