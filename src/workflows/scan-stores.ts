/**
 * Scans the stores of one integrity scan, one after the other, each in a child of its own. However many there are, no
 * history grows long: after some of them it goes on as new, with what the ones before came to.
 */
import type { OrchestrationContext } from 'durable-functions';
import { noCounts } from '../contracts/scan-documents.ts';
import { storesInput, storesOutcome, type StoreOutcome, type StoresInput } from '../contracts/scan.ts';
import { scanStoreContract } from './scan-store.ts';
import {
  attempt,
  callChild,
  now,
  ProgressNote,
  secondsSince,
  type Step,
  type WorkflowContract,
} from './step.ts';

export const scanStoresContract: WorkflowContract<StoresInput, StoreOutcome[]> = {
  name: 'scanStores',
  input: storesInput,
  output: storesOutcome,
};

/** Stores in one generation. */
const storesPerGeneration = 30;

export function* scanStores(ctx: OrchestrationContext): Step<StoreOutcome[] | undefined> {
  const input = storesInput.parse(ctx.df.getInput());
  const { stores, instance, done, ...about } = input;
  const note = new ProgressNote(ctx);
  for (const store of stores.slice(done.length, done.length + storesPerGeneration)) {
    const id = `${instance}:${store}`;
    note.begin(`scan ${store}`, id, { percent: (done.length / stores.length) * 100 });
    const from = now(ctx);
    const ended = yield* attempt(callChild(ctx, scanStoreContract, { ...about, store }, id));
    const outcome = 'value' in ended ? ended.value : notScanned(store, ended.failure.message);
    note.end(`scan ${store}`, secondsSince(ctx, from), outcome.failed === 0 ? 'done' : 'failed');
    done.push(outcome);
  }
  if (done.length === stores.length) return done;
  ctx.df.continueAsNew({ ...input, done });
  return undefined;
}

/** What stands for a store of which nothing came back. */
export const notScanned = (store: string, failure: string): StoreOutcome => ({
  ...{ store, counts: noCounts, shards: 0, failed: 1 },
  failures: [{ store, shard: 'all', failure }],
});
