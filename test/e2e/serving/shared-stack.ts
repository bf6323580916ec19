/**
 * One small stack that serves, for the tests that need one and leave it as they found it: a start costs more than most
 * of them.
 */
import { narrowedEstate } from '../support/estate-file.ts';
import type { LifeboatApi } from '../support/lifeboat-api.ts';
import type { Outsider } from '../support/outsider.ts';
import type { Program } from '../support/program.ts';
import { TestStack } from '../support/stack.ts';

/** The one system of the stack, and its region. */
export const system = 'unite-cloud';
export const region = 'eastus';
export const pairedRegion = 'westus';

/** More content than that is not deleted at once without being asked; what the first prune deletes is less. */
export const mostContentAtOnce = 20;

interface Shared {
  readonly stack: TestStack;
  readonly program: Program;
  readonly api: LifeboatApi;
  readonly outsider: Outsider;
}

/** The running stack and how it is reached; set by `startShared`. */
export let shared: Shared;

/** Starts the stack; whoever calls this removes it. */
export async function startShared(): Promise<void> {
  const estate = narrowedEstate({ [system]: [region] });
  for (const { retention } of estate.systems)
    retention.brake = { ...retention.brake, contentCount: mostContentAtOnce };
  const stack = await TestStack.make(estate);
  try {
    const program = await stack.serve();
    shared = { stack, program, api: stack.api(region), outsider: stack.outsider(region) };
  } catch (error) {
    await stack.remove();
    throw error;
  }
}
