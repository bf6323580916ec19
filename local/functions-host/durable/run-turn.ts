/** One step of one instance: take what is due, run, commit. Safe to repeat: until the commit nothing has changed. */
import { commitTurn, removeMessages } from './commit-turn.ts';
import { NO_EFFECTS, type EngineParts, type TurnEffects } from './engine-parts.ts';
import type { HistoryCache } from './history-cache.ts';
import { planTurn } from './plan-turn.ts';
import { selectMessages } from './select-messages.ts';
import { isTerminal } from './store.ts';

/** Runs a turn of the instance if anything is due for it. */
export async function runTurn(
  parts: EngineParts,
  cache: HistoryCache,
  instanceId: string,
): Promise<TurnEffects> {
  const { store, clock } = parts;
  const due = store.inbox.due(instanceId, clock.now());
  if (due.length === 0) return NO_EFFECTS;
  const instance = store.instances.get(instanceId);
  if (instance === undefined || isTerminal(instance.status)) {
    await removeMessages(parts, due);
    return NO_EFFECTS;
  }
  const history = cache.load(instance);
  const selection = selectMessages(instance, history, due);
  if (selection.kind === 'wait') return NO_EFFECTS;
  if (selection.kind === 'discard') {
    await removeMessages(parts, selection.taken);
    return NO_EFFECTS;
  }
  if (selection.kind === 'suspend') {
    await removeMessages(parts, selection.taken, () =>
      store.instances.put({ ...instance, status: 'Suspended', updatedAt: clock.now() }),
    );
    return NO_EFFECTS;
  }
  const plan = await planTurn(parts, instance, history, selection.events, selection.termination);
  const effects = await commitTurn(parts, cache, instance, history, selection.taken, plan);
  if (plan.end.kind === 'failed')
    parts.log('error', `Instance ${instanceId} failed: ${plan.end.message}`, instance.name);
  return effects;
}
