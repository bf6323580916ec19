/** Alerts: one document per condition, counted up while it lasts, resolved when it is over; never more than one open. */
import { alertDocument, type AlertDocument } from '../contracts/documents.ts';
import { raiseAlert } from '../contracts/drill.ts';
import { isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { implement, type Activity } from './activity.ts';
import type { Dependencies } from './dependencies.ts';
import { changeDocument, createDocument, readDocument } from './vault-documents.ts';

export type AlertFacts = Pick<AlertDocument, 'key' | 'severity' | 'title' | 'detail' | 'runbook' | 'plan'>;

/** Raises an alert, or counts it up; returns how often it was raised since it was last resolved. */
export async function raise(deps: Dependencies, scope: Scope, facts: AlertFacts): Promise<number> {
  const { key, severity, title, detail, runbook } = facts;
  const plan = facts.plan === undefined ? {} : { plan: facts.plan };
  const path = vaultPaths.alert(scope, key);
  const at = isoOf(deps.clock.now());
  const fresh: AlertDocument = {
    schema: 'lifeboat/alert/v1',
    key,
    system: scope.system,
    region: scope.region,
    severity,
    title,
    detail,
    runbook,
    ...plan,
    firstAt: at,
    lastAt: at,
    count: 1,
  };
  const raisedAgain = (standing: AlertDocument): AlertDocument =>
    standing.resolvedAt === undefined
      ? { ...standing, severity, title, detail, runbook, ...plan, lastAt: at, count: standing.count + 1 }
      : fresh;
  for (;;) {
    if (await createDocument(deps.vault, path, alertDocument, fresh)) return 1;
    const changed = await changeDocument(deps.vault, path, alertDocument, raisedAgain);
    // Undefined: an old one stood there and was removed right now.
    if (changed !== undefined) return changed.count;
  }
}

/** Says that a condition is over; nothing happens if it was not open. */
export async function resolve(deps: Dependencies, scope: Scope, key: string): Promise<void> {
  const at = isoOf(deps.clock.now());
  const path = vaultPaths.alert(scope, key);
  const open = await readDocument(deps.vault, path, alertDocument);
  if (open === undefined || open.resolvedAt !== undefined) return;
  await changeDocument(deps.vault, path, alertDocument, (standing) => ({
    ...standing,
    resolvedAt: standing.resolvedAt ?? at,
  }));
}

export function alertActivities(deps: Dependencies): Activity[] {
  return [
    implement(raiseAlert, async ({ system, region, insteadOf, ...facts }) => {
      const count = await raise(deps, { system, region }, facts);
      if (insteadOf !== undefined) await resolve(deps, { system, region }, insteadOf);
      return { count };
    }),
  ];
}
