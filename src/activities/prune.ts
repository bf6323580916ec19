/**
 * The prune's effects: look at everything that could be deleted, decide, write the plan; then delete what the plan
 * says and what is still to go when looked at again. Deletions themselves are the guarded deleter's.
 */
import type { DateTime } from 'luxon';
import type { RecoveryPoint } from '../contracts/documents.ts';
import {
  finalizePrune,
  planPrune,
  pruneBackup,
  pruneDocument,
  prunePlan,
  pruneSnapshots,
  type PruneDocument,
  type PruneItem,
  type PrunePlan,
} from '../contracts/prune.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { digestOf } from '../policy/canonical-json.ts';
import { clockDoubt } from '../policy/clock-trust.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import { isOwnBackup } from '../policy/identifiers.ts';
import { secondsOf } from '../policy/objectives.ts';
import type { ListedBackup } from '../policy/on-demand-slots.ts';
import {
  decideRetention,
  type BackupItem,
  type RetentionDecision,
  type RetentionPolicy,
  type SnapshotItem,
} from '../policy/retention.ts';
import { implement, type Activity } from './activity.ts';
import { raise, resolve } from './alerts.ts';
import { deleteBackup, deleteSnapshots } from './deleter.ts';
import type { Dependencies } from './dependencies.ts';
import { pinnedBy, readCatalogue } from './points.ts';
import { audit } from './records.ts';
import { damagedBlobs } from './scan/findings.ts';
import { scoped, serverHere, storeHere, type Scoped } from './scope.ts';
import { createDocument, createOrRead, needDocument } from './vault-documents.ts';

const snapshotsPerPortion = 500;

export function pruneActivities(deps: Dependencies): Activity[] {
  return [
    implement(planPrune, async ({ slot, dryRun, ...scope }) => {
      const here = scoped(deps, scope);
      const plan = await makePlan(deps, here, `prune-${slot}`);
      const digest = digestOf(plan);
      await audit(deps, scope, {
        action: dryRun ? 'prune-dry-run' : 'prune',
        target: plan.prune,
        stage: 'intent',
        detail: { plan: digest },
      });
      await createDocument(deps.vault, vaultPaths.plan(scope, digest), prunePlan, plan);
      const expired = plan.items
        .filter((item) => item.decision === 'expire')
        .toSorted((a, b) => instantOf(a.completedAt).toMillis() - instantOf(b.completedAt).toMillis());
      return {
        ...{ plan: digest, prune: plan.prune },
        deadlineSeconds: secondsOf(here.system.deadlines.backup),
        backups: expired.filter((item) => item.backup !== undefined).map((item) => item.id),
        snapshots: expired.filter((item) => item.snapshot !== undefined).length,
        kept: plan.items.filter((item) => item.decision === 'keep').length,
        blocked: plan.items.filter((item) => item.decision === 'blocked').length,
      };
    }),

    implement(pruneBackup, async ({ plan: digest, item: id, ...scope }) => {
      const here = scoped(deps, scope);
      const plan = await readPrunePlan(deps, scope, digest);
      const item = plan.items.find((one) => one.id === id && one.decision === 'expire');
      if (item?.backup === undefined)
        throw new Failure(
          'refused',
          `plan ${plan.prune} does not expire ${id}`,
          'The plan and the orchestration do not belong together.',
        );
      const { server, name } = item.backup;
      const now = deps.clock.now();
      const doubts = await doubtsNow(deps);
      return deleteBackup(deps, scope, {
        ...{ server, backup: name, reason: item.sentence, plan: digest },
        refusal: (listed, points) => stillExpired(here, server, name, listed, points, doubts.clock, now),
      });
    }),

    implement(pruneSnapshots, async ({ plan: digest, from, ...scope }) => {
      const here = scoped(deps, scope);
      const plan = await readPrunePlan(deps, scope, digest);
      const expired = plan.items.filter((item) => item.decision === 'expire' && item.snapshot !== undefined);
      const portion = expired.slice(from, from + snapshotsPerPortion);
      const { clock } = await doubtsNow(deps);
      if (clock !== undefined) return { deleted: 0, refused: [`no snapshot is deleted: ${clock}`] };
      const refused = await deleteSnapshots(
        deps,
        scope,
        portion.map((item) => snapshotOrder(here, item, digest)),
      );
      const done = from + portion.length;
      return {
        deleted: portion.length - refused.length,
        refused: refused.slice(0, 20),
        ...(done < expired.length ? { next: done } : {}),
      };
    }),

    implement(finalizePrune, async (facts) => {
      const plan = await readPrunePlan(deps, facts, facts.plan);
      const document = await createOrRead(
        deps.vault,
        vaultPaths.prune(facts, plan.prune),
        pruneDocument,
        buildResult(facts, plan),
      );
      await audit(deps, facts, {
        action: 'prune',
        target: plan.prune,
        stage: 'outcome',
        detail: { outcome: document.outcome, ...document.deleted },
      });
      await tellPeople(deps, facts, document);
      const count = (decision: PruneItem['decision']): number =>
        plan.items.filter((item) => item.decision === decision).length;
      return {
        outcome: document.outcome,
        detail: document.detail,
        deleted: document.deleted.backups + document.deleted.snapshots,
        kept: count('keep'),
        blocked: count('blocked'),
      };
    }),
  ];
}

function readPrunePlan(deps: Dependencies, scope: Scope, digest: string): Promise<PrunePlan> {
  return needDocument(deps.vault, vaultPaths.plan(scope, digest), prunePlan);
}

async function doubtsNow(
  deps: Dependencies,
): Promise<{ clock: string | undefined; offsets: PrunePlan['clock'] }> {
  const offsets = await deps.referenceClocks.offsets();
  return {
    clock: clockDoubt(offsets),
    offsets: offsets.map(({ source, seconds }) => ({
      source,
      ...(seconds === undefined ? {} : { seconds: Math.round(seconds * 10) / 10 }),
    })),
  };
}

async function makePlan(deps: Dependencies, here: Scoped, prune: string): Promise<PrunePlan> {
  const { scope, system, region } = here;
  const now = deps.clock.now();
  const { clock, offsets } = await doubtsNow(deps);
  const catalogue = await readCatalogue(deps, scope);
  const backups: (BackupItem & Pick<PruneItem, 'backup'>)[] = [];
  for (const server of new Set(region.databases.map((database) => database.server))) {
    await serverHere(deps, server);
    for (const listed of await deps.servers.listBackups(server)) {
      if (listed.kind === 'on-demand')
        backups.push({
          ...backupItem(server, listed, catalogue.points, now),
          backup: { server, name: listed.name },
        });
    }
  }
  const { snapshots, listing } = await listSnapshots(deps, here);
  const items = [...backups, ...snapshots];
  const policy = policyOf(here);
  const damaged = catalogue.damaged.map((one) => one.path);
  const doubt =
    listing ??
    (damaged.length === 0
      ? undefined
      : `${damaged.length} recovery point document(s) cannot be read: ${damaged.join(', ')}`);
  // Each server by itself, as at the deletion: what is proven or covered of one says nothing of another.
  const servers = [...new Set(backups.map((item) => item.backup?.server))];
  const groups = [
    ...servers.map((server) => backups.filter((item) => item.backup?.server === server)),
    snapshots,
  ];
  const decisions = groups.flatMap((group) => decideRetention(group, policy, { clock, listing: doubt }, now));
  return {
    schema: 'lifeboat/prune-plan/v1',
    prune,
    system: system.id,
    region: scope.region,
    at: isoOf(now),
    windowHours: policy.windowHours,
    minimumProven: policy.minimumProven,
    clock: offsets,
    doubts: { ...(clock === undefined ? {} : { clock }), ...(doubt === undefined ? {} : { listing: doubt }) },
    items: items.map((item, index) => planItem(item, decisions[index] as RetentionDecision)),
    estateDigest: deps.estateDigest,
    softwareVersion: deps.softwareVersion,
  };
}

function planItem(
  item: { completedAt: DateTime } & Pick<PruneItem, 'backup' | 'snapshot'>,
  decided: RetentionDecision,
): PruneItem {
  const { id, kind, decision, reason, sentence } = decided;
  const where = item.backup === undefined ? { snapshot: item.snapshot } : { backup: item.backup };
  return { id, kind, completedAt: isoOf(item.completedAt), decision, reason, sentence, ...where };
}

function policyOf({ system }: Scoped): RetentionPolicy {
  return {
    windowHours: secondsOf(system.retention.window) / 3600,
    minimumProven: system.retention.minimumProven,
  };
}

function backupItem(
  server: string,
  listed: ListedBackup,
  points: readonly RecoveryPoint[],
  now: DateTime,
): BackupItem {
  const point = points.find((one) =>
    one.databases.some((part) => part.server === server && part.backup === listed.name),
  );
  return {
    kind: 'on-demand-backup',
    id: `${server.split('/').at(-1)}/${listed.name}`,
    completedAt: listed.completedAt,
    ours: isOwnBackup(listed.name),
    provenAt:
      point?.proven === undefined || point.tombstone !== undefined ? undefined : instantOf(point.proven.at),
    pinnedBy: point === undefined ? undefined : pinnedBy(point, now),
    isWhole: point !== undefined && point.tombstone === undefined,
  };
}

async function listSnapshots(
  deps: Dependencies,
  { scope, region }: Scoped,
): Promise<{
  snapshots: (SnapshotItem & Pick<PruneItem, 'snapshot'> & { backup?: undefined })[];
  listing: string | undefined;
}> {
  const snapshots: (SnapshotItem & Pick<PruneItem, 'snapshot'> & { backup?: undefined })[] = [];
  try {
    const damaged = await damagedBlobs(deps, scope);
    for (const store of region.blobStores) {
      await storeHere(deps, store);
      for await (const { name, snapshot, at } of deps.contents.listSnapshots(store)) {
        const id = `${store.id}/${name}@${snapshot}`;
        snapshots.push({
          kind: 'blob-snapshot',
          id,
          completedAt: at,
          blobIsDamaged: damaged.has(`${store.id}/${name}`),
          snapshot: { store: store.id, name, snapshot },
        });
      }
    }
    return { snapshots, listing: undefined };
  } catch (thrown) {
    return { snapshots, listing: failureFrom(thrown).message };
  }
}

/** Decides again over what is listed right now: only what is still past the window may go. */
function stillExpired(
  here: Scoped,
  server: string,
  name: string,
  listed: readonly ListedBackup[],
  points: readonly RecoveryPoint[],
  clock: string | undefined,
  now: DateTime,
): string | undefined {
  const items = listed
    .filter((one) => one.kind === 'on-demand')
    .map((one) => backupItem(server, one, points, now));
  const decision = decideRetention(items, policyOf(here), { clock, listing: undefined }, now).find((one) =>
    one.id.endsWith(`/${name}`),
  );
  return decision?.decision === 'expire' ? undefined : (decision?.sentence ?? `${name} is not listed`);
}

function snapshotOrder(
  { region }: Scoped,
  item: PruneItem,
  plan: string,
): Parameters<typeof deleteSnapshots>[2][number] {
  const store = region.blobStores.find((one) => one.id === item.snapshot?.store);
  if (item.snapshot === undefined || store === undefined)
    throw new Failure(
      'not-found',
      `the estate has no store for ${item.id}`,
      'It was removed from the estate file since the plan was made.',
    );
  return {
    store: { id: store.id, account: store.account, container: store.container },
    name: item.snapshot.name,
    snapshot: item.snapshot.snapshot,
    reason: item.sentence,
    plan,
  };
}

function buildResult(
  facts: {
    plan: string;
    startedAt: string;
    endedAt: string;
    dryRun: boolean;
    backups: PruneDocument['effects'];
    snapshotsDeleted: number;
    snapshotFailures: string[];
  },
  plan: PrunePlan,
): PruneDocument {
  const deleted = {
    backups: facts.backups.filter((one) => one.outcome === 'deleted').length,
    snapshots: facts.snapshotsDeleted,
  };
  const blocked = plan.items.filter((item) => item.decision === 'blocked');
  const failed = [
    ...facts.backups.filter((one) => one.outcome !== 'deleted').map((one) => `${one.item}: ${one.detail}`),
    ...facts.snapshotFailures,
  ];
  const outcome = failed.length > 0 ? 'failed' : blocked.length > 0 ? 'blocked' : 'done';
  const went = facts.dryRun
    ? `${plan.items.filter((item) => item.decision === 'expire').length} would be deleted (dry run)`
    : `${deleted.backups} backup(s) and ${deleted.snapshots} blob snapshot(s) deleted`;
  const held = [failed[0] ?? blocked[0]?.sentence].filter((one) => one !== undefined);
  return {
    ...{
      schema: 'lifeboat/prune/v1',
      id: plan.prune,
      system: plan.system,
      region: plan.region,
      plan: facts.plan,
      dryRun: facts.dryRun,
    },
    ...{ startedAt: facts.startedAt, endedAt: facts.endedAt, outcome, deleted },
    detail: [went, ...held].join('; '),
    kept: keptByReason(plan),
    effects: facts.backups,
  };
}

function keptByReason(plan: PrunePlan): PruneDocument['kept'] {
  const kept = new Map<string, PruneDocument['kept'][number]>();
  for (const item of plan.items) {
    if (item.decision === 'expire') continue;
    const known = kept.get(item.reason) ?? {
      reason: item.reason,
      decision: item.decision,
      count: 0,
      example: `${item.id} ${item.sentence}`,
    };
    kept.set(item.reason, { ...known, count: known.count + 1 });
  }
  return [...kept.values()];
}

async function tellPeople(deps: Dependencies, scope: Scope, document: PruneDocument): Promise<void> {
  if (document.dryRun) return; // It neither failed to delete anything nor shows that deleting works again.
  if (document.outcome === 'done') {
    await resolve(deps, scope, 'prune-blocked');
    return resolve(deps, scope, 'prune-failed');
  }
  if (document.outcome === 'blocked') await resolve(deps, scope, 'prune-failed'); // What was to go is gone.
  const where = `${scope.system} in ${scope.region}`;
  const [key, title] =
    document.outcome === 'blocked'
      ? ['prune-blocked', `A guard kept the prune of ${where} from deleting`]
      : ['prune-failed', `The prune of ${where} failed in part`];
  await raise(deps, scope, {
    key,
    severity: 'warning',
    title,
    detail: document.detail,
    runbook: 'runbooks/prune-blocked.md',
  });
}
