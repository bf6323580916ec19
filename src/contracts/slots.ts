/** What a run asks of the claim of its slot before it begins, and what it writes there when it ends. */
import { z } from 'zod';
import { defineActivity, scopeFields } from './activity.ts';
import { runKinds, slotEnd } from './documents.ts';
import { stamp } from './values.ts';

const ofSlot = z.object({ ...scopeFields, kind: z.enum(runKinds), slot: stamp });

/** Reads how the run of a slot ended; nothing while it has not, or where nobody claimed the slot. */
export const readSlotEnd = defineActivity('readSlotEnd', ofSlot, z.object({ ended: slotEnd.optional() }));

/** Writes into the slot's claim how its run ended, and what it came to; what stands there already stays. */
export const finishSlot = defineActivity(
  'finishSlot',
  ofSlot.extend({ outcome: z.string(), result: z.unknown().optional() }),
  z.object({ recorded: z.boolean() }),
);
