/**
 * May this server be deleted? Only what a drill or a cancelled restore made: name, tags, resource group and creation
 * time must all say so, and one that is the source of anything is never deleted. Each refusal names its reason. An absent server is
 * already removed.
 */
import type { DateTime } from 'luxon';
import type { ServerResource } from './identifiers.ts';
import { safetyMargins } from './safety-margins.ts';

/** The tags that every server of a drill carries; a restore finds its own target by them. */
export const drillTags = {
  drill: 'lifeboat-drill',
  plan: 'lifeboat-plan',
  expires: 'lifeboat-expires',
} as const;

/** The tags of a server that a person had restored. */
export const restoreTags = { restore: 'lifeboat-restore', plan: drillTags.plan } as const;

/** Who made a server: the tag that says so, and what the tag must hold. */
export interface ServerOwner {
  readonly tag: string;
  readonly run: string;
  /** What the names of its servers begin with, where they all do. */
  readonly prefix?: string;
}

/** The owner of a drill's servers. */
export const drillOwner = (drill: string): ServerOwner => ({
  tag: drillTags.drill,
  run: drill,
  prefix: 'drill-',
});

/** The owner of the servers of a person's restore. */
export const restoreOwner = (restore: string): ServerOwner => ({ tag: restoreTags.restore, run: restore });

/** What the plan says was made. */
export interface RemovalOrder {
  readonly target: ServerResource;
  readonly owner: ServerOwner;
  readonly plan: string;
  readonly allowedResourceGroup: string;
  readonly declaredAt: DateTime;
  readonly protectedServers: readonly string[];
}

/** What the provider says stands there. */
export interface FoundServer {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: DateTime | undefined;
}

export type RemovalDecision =
  | { readonly decision: 'remove' }
  | { readonly decision: 'refuse'; readonly reasons: readonly string[] };

/** Holds what is found against what the plan made. */
export function decideServerRemoval(order: RemovalOrder, found: FoundServer): RemovalDecision {
  const reasons: string[] = [];
  const check = (ok: boolean, reason: string): void => {
    if (!ok) reasons.push(reason);
  };
  const sameText = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();
  const { tag, run, prefix = '' } = order.owner;
  check(order.target.name.startsWith(prefix), `"${order.target.name}" is not a drill server's name`);
  check(
    sameText(found.id.split('/').at(-1), order.target.name),
    `the server found is another one: ${found.id}`,
  );
  check(
    sameText(order.target.resourceGroup, order.allowedResourceGroup),
    `resource group ${order.target.resourceGroup} is not the one for ${prefix === '' ? 'restores' : 'drills'}`,
  );
  check(
    sameText(found.id.split('/')[4], order.allowedResourceGroup),
    `the server found lies in another resource group: ${found.id}`,
  );
  check(found.tags[tag] === run, `tag ${tag} is not ${run}`);
  check(found.tags[drillTags.plan] === order.plan, `tag ${drillTags.plan} is not ${order.plan}`);
  check(
    !order.protectedServers.some((id) => sameText(id, found.id)),
    'it is a protected server of the estate',
  );
  const madeBeforeDrill =
    found.createdAt === undefined ||
    found.createdAt.plus({ minutes: safetyMargins.clockToleranceMinutes }) < order.declaredAt;
  check(!madeBeforeDrill, 'it was created before the run was declared, or does not say when');
  return reasons.length === 0 ? { decision: 'remove' } : { decision: 'refuse', reasons };
}
