/**
 * Slots: a run is claimed by one conditional write before its orchestration begins, so that a timer that fires twice,
 * or two hosts, begin it once. The claim keeps how the run ended, after the task hub has forgotten it.
 */
import { slotClaim, type SlotClaim } from '../contracts/documents.ts';
import { finishSlot } from '../contracts/drill.ts';
import { isoOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { instanceIdOf } from '../policy/identifiers.ts';
import { implement, type Activity } from './activity.ts';
import type { Dependencies } from './dependencies.ts';
import { changeDocument, createDocument, needDocument } from './vault-documents.ts';

/** The claim of a slot, and whether it was made now or stood there already. */
export interface Claimed {
  readonly claim: SlotClaim;
  readonly fresh: boolean;
}

/** Claims a slot; the existing claim if somebody was first. */
export async function claimSlot(
  deps: Dependencies,
  scope: Scope,
  kind: SlotClaim['kind'],
  slot: string,
  trigger: SlotClaim['trigger'],
): Promise<Claimed> {
  const instanceId = instanceIdOf({ kind, system: scope.system, region: scope.region, stamp: slot });
  const claim: SlotClaim = {
    schema: 'lifeboat/slot/v1',
    system: scope.system,
    region: scope.region,
    kind,
    slot,
    instanceId,
    claimedAt: isoOf(deps.clock.now()),
    trigger,
  };
  const path = vaultPaths.slot(scope, kind, slot);
  const fresh = await createDocument(deps.vault, path, slotClaim, claim);
  return { claim: fresh ? claim : await needDocument(deps.vault, path, slotClaim), fresh };
}

export function slotActivities(deps: Dependencies): Activity[] {
  return [
    implement(finishSlot, async ({ kind, slot, outcome, ...scope }) => {
      const finished = { at: isoOf(deps.clock.now()), outcome };
      const changed = await changeDocument(
        deps.vault,
        vaultPaths.slot(scope, kind, slot),
        slotClaim,
        (claim) => ({ ...claim, finished: claim.finished ?? finished }),
      );
      return { recorded: changed !== undefined };
    }),
  ];
}
