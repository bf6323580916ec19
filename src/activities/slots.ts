/**
 * Slots: a run is claimed by one conditional write before its orchestration begins, so that a timer that fires twice,
 * or two hosts, begin it once. The claim keeps how the run ended, after the task hub has forgotten it.
 */
import { slotClaim, type RunKind, type SlotClaim } from '../contracts/documents.ts';
import { named, type Person } from '../contracts/actor.ts';
import { finishSlot, readSlotEnd } from '../contracts/slots.ts';
import { isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { instanceIdOf } from '../policy/identifiers.ts';
import { implement, type Activity } from './activity.ts';
import { settleIntent } from './audited.ts';
import type { Dependencies } from './dependencies.ts';
import { changeDocument, createDocument, needDocument, readDocument } from './vault-documents.ts';

/** The claim of a slot, and whether it was made now or stood there already. */
export interface Claimed {
  readonly claim: SlotClaim;
  readonly fresh: boolean;
}

/** Who asks for a run, and by which request, where that has a name of its own. */
export interface Ordered {
  readonly request?: string | undefined;
  readonly person?: Person | undefined;
}

/** Claims a slot; the existing claim if somebody was first. */
export async function claimSlot(
  deps: Dependencies,
  scope: Scope,
  kind: RunKind,
  slot: string,
  trigger: SlotClaim['trigger'],
  { request, person }: Ordered = {},
): Promise<Claimed> {
  const claim = {
    ...newClaim(deps, scope, kind, slot, trigger),
    ...(person === undefined ? {} : { by: person.by, ...named(person.byName) }),
    ...(request === undefined ? {} : { request }),
  };
  const path = vaultPaths.slot(scope, kind, slot);
  const fresh = await createDocument(deps.vault, path, slotClaim, claim);
  return { claim: fresh ? claim : await needDocument(deps.vault, path, slotClaim), fresh };
}

export function slotActivities(deps: Dependencies): Activity[] {
  return [
    implement(readSlotEnd, async ({ kind, slot, ...scope }) => {
      const claim = await readDocument(deps.vault, vaultPaths.slot(scope, kind, slot), slotClaim);
      return claim?.finished === undefined ? {} : { ended: claim.finished };
    }),

    implement(finishSlot, async ({ kind, slot, outcome, result, ...scope }) => {
      const finished = {
        at: isoOf(deps.clock.now()),
        outcome,
        ...(result === undefined ? {} : { result }),
      };
      const path = vaultPaths.slot(scope, kind, slot);
      const finish = (claim: SlotClaim): SlotClaim => ({ ...claim, finished: claim.finished ?? finished });
      // A step of a cycle: the cycle was claimed, not the step. It is entered now, for the watch over the schedules.
      if ((await changeDocument(deps.vault, path, slotClaim, finish)) === undefined)
        await createDocument(deps.vault, path, slotClaim, finish(newClaim(deps, scope, kind, slot, 'cycle')));
      await settleRun(deps, scope, { kind, slot, outcome, result });
      return { recorded: true };
    }),
  ];
}

/** How a run that was begun stands in the audit log. */
const told: Partial<Record<RunKind, { readonly actions: readonly string[]; readonly named: string }>> = {
  snapshot: { actions: ['snapshot'], named: 'on-demand' },
  prune: { actions: ['prune', 'prune-dry-run'], named: 'prune' },
  drill: { actions: ['restore-drill'], named: 'drill' },
  repair: { actions: ['repair', 'repair-dry-run'], named: 'repair' },
  restore: { actions: ['restore'], named: 'restore' },
};
/** How runs end that have said themselves what they came to. */
const ownWords: readonly string[] = ['done', 'nothing', 'PASS', 'ready'];

/** Enters the outcome of a run that could not do so itself. */
async function settleRun(
  deps: Dependencies,
  scope: Scope,
  { kind, slot, outcome, result }: { kind: RunKind; slot: string; outcome: string; result?: unknown },
): Promise<void> {
  const about = told[kind];
  if (about === undefined || ownWords.includes(outcome)) return;
  const said = (result as { readonly detail?: unknown } | undefined)?.detail;
  const detail = { outcome, ...(typeof said === 'string' ? { failure: said } : {}) };
  for (const action of about.actions)
    await settleIntent(
      deps,
      scope,
      { action, target: `${about.named}-${slot}` },
      { result: 'failed', detail },
    );
}

function newClaim(
  deps: Dependencies,
  scope: Scope,
  kind: RunKind,
  slot: string,
  trigger: SlotClaim['trigger'],
): SlotClaim {
  const { system, region } = scope;
  const instanceId = instanceIdOf({ kind, system, region, stamp: slot });
  return {
    schema: 'lifeboat/slot/v1',
    system,
    region,
    kind,
    slot,
    instanceId,
    claimedAt: isoOf(deps.clock.now()),
    trigger,
  };
}
