/** The end of a person's restore: what it came to is written once, its pins are taken away, and people are told. */
import { recoveryPoint } from '../../contracts/documents.ts';
import {
  finalizeRestore,
  restoreDocument,
  type RestoreDocument,
  type RestoreFacts,
} from '../../contracts/restore.ts';
import { restorePlan } from '../../contracts/restore-plan.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { judgeRestore } from '../../policy/restore-verdict.ts';
import { implement, type Activity } from '../activity.ts';
import { raise, resolve } from '../alerts.ts';
import { readPlan } from '../approvals.ts';
import { newestIntent } from '../audit-intents.ts';
import { auditOutcome, type AuditEnd } from '../audited.ts';
import type { Dependencies } from '../dependencies.ts';
import { audit } from '../records.ts';
import { changeDocument, createOrRead } from '../vault-documents.ts';

export function restoreEndActivity(deps: Dependencies): Activity {
  return implement(finalizeRestore, async (facts) => {
    const document = await createOrRead(
      deps.vault,
      vaultPaths.restore(facts, facts.restore),
      restoreDocument,
      await documentOf(deps, facts),
    );
    await unpin(deps, facts);
    await tellLog(deps, facts, document);
    await tellPeople(deps, facts, document);
    const { outcome, detail, servers, newestHeartbeat } = document;
    return { outcome, detail, servers, ...(newestHeartbeat === undefined ? {} : { newestHeartbeat }) };
  });
}

/** One that could not even be opened has no intent yet: an outcome without one would say nothing. */
async function tellLog(deps: Dependencies, facts: RestoreFacts, document: RestoreDocument): Promise<void> {
  const about = { action: 'restore', target: facts.restore };
  const found = await newestIntent(deps.segments, facts, about);
  const { from } =
    found === undefined ? await audit(deps, facts, { ...about, stage: 'intent' }) : { from: found.sequence };
  await auditOutcome(deps, facts, { ...about, intent: from }, endOf(document));
}

const endOf = ({ outcome, detail }: RestoreDocument): AuditEnd => ({
  result: outcome === 'ready' ? 'done' : outcome === 'refused' ? 'refused' : 'failed',
  detail: { outcome, detail },
});

async function documentOf(deps: Dependencies, facts: RestoreFacts): Promise<RestoreDocument> {
  const { restore, system, region, plan, endedAt, checks, timeline, secondsByPart, approval } = facts;
  const servers = [];
  for (const server of facts.servers) {
    const { address } = (server.state === 'ready' ? await deps.servers.get(server.target) : undefined) ?? {};
    servers.push({ ...server, ...(address === undefined ? {} : { address }) });
  }
  const beats = facts.heartbeats.flatMap(({ newestWrittenAt }) => newestWrittenAt ?? []).toSorted();
  // Of several databases the one that lost most speaks for the system.
  const newest = beats.length === facts.heartbeats.length ? beats[0] : undefined;
  return {
    schema: 'lifeboat/restore/v1',
    ...{ restore, system, region, ...(plan === undefined ? {} : { plan }), endedAt },
    ...judgeRestore(facts),
    servers,
    ...(newest === undefined ? {} : { newestHeartbeat: newest }),
    ...(approval === undefined ? {} : { approval }),
    ...{ secondsByPart, checks, timeline },
    ...(facts.erasures === undefined ? {} : { erasures: facts.erasures }),
    ...(facts.tables === undefined ? {} : { tables: facts.tables }),
  };
}

async function unpin(deps: Dependencies, facts: RestoreFacts): Promise<void> {
  if (facts.plan === undefined) return;
  const { pinned } = await readPlan(deps, facts, facts.plan, restorePlan);
  for (const id of pinned)
    await changeDocument(deps.vault, vaultPaths.point(facts, id), recoveryPoint, (point) => ({
      ...point,
      pins: point.pins.filter((one) => one.by !== facts.restore),
    }));
}

const isAllGone = ({ servers, tables }: RestoreDocument): boolean =>
  servers.every(({ state }) => state !== 'left-over') && tables?.state !== 'left-over';

const leftBehind = ({ tables }: RestoreDocument): string =>
  tables?.state === 'left-over' ? 'left a schema behind' : 'left a server behind';

async function tellPeople(deps: Dependencies, facts: RestoreFacts, document: RestoreDocument): Promise<void> {
  const { outcome, detail } = document;
  await resolve(deps, facts, 'restore-waiting');
  if (outcome === 'refused') return;
  if (outcome === 'ready') return resolve(deps, facts, 'restore-failed');
  if (outcome === 'cancelled' && isAllGone(document)) return;
  const words = {
    doubtful: 'is not what it should be',
    failed: 'failed',
    cancelled: leftBehind(document),
  };
  await raise(deps, facts, {
    key: 'restore-failed',
    severity: 'critical',
    title: `A restore of ${facts.system} in ${facts.region} ${words[outcome]}`,
    detail: `${facts.restore}: ${detail}`,
    runbook: 'runbooks/restore.md',
  });
}
