/**
 * What the provider's operations of a drill took, and how long the drill did not know that an operation of the provider had ended: from the provider's own record of its end to
 * the look that saw it, in the history of the orchestration that waited. Removals come after the RTO and are left out.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { EventType } from '../../local/functions-host/durable/history-events.ts';
import { HostAdmin } from '../../test/e2e/support-night/host-admin.ts';
import { region, type Stand } from './stand.ts';

interface Waiting {
  readonly operation: { readonly kind: string; readonly server: string; readonly statusUrl?: string };
}
interface TimedEvent {
  readonly EventType: number;
  readonly Timestamp: string;
  readonly Input?: string;
}

/** Seconds, over every operation on a drill's server that somebody waited for, except its removal. */
export interface Waits {
  readonly pollLag: number;
  /** What the provider worked on operations other than the restore. */
  readonly otherWork: number;
}

/** What came of the waits of a drill. */
export async function waitsOf({ stack }: Stand, target: string): Promise<Waits> {
  const admin = new HostAdmin(stack, region);
  const spans = spansOf(stack.stateDir);
  let [lag, work] = [0, 0];
  for (const { instanceId } of await admin.instances()) {
    const history = (await admin.history(instanceId)).history as unknown as readonly TimedEvent[];
    const waiting = waitingIn(history);
    if (waiting?.server.toLowerCase() !== target.toLowerCase() || waiting.kind === 'delete-server') continue;
    const seen = history.findLast((one) => one.EventType === EventType.TaskCompleted)?.Timestamp ?? '';
    const span = spans.get(/azureAsyncOperation\/([0-9a-f-]{36})/i.exec(waiting.statusUrl ?? '')?.[1] ?? '');
    if (span === undefined) continue;
    lag += Math.max(0, Date.parse(seen) - span.end);
    if (waiting.kind !== 'restore') work += span.end - span.start;
  }
  return { pollLag: lag / 1000, otherWork: work / 1000 };
}

/** The operation that an orchestration waits for; undefined for any other orchestration. */
function waitingIn(history: readonly TimedEvent[]): Waiting['operation'] | undefined {
  const text = history.find((one) => one.EventType === EventType.ExecutionStarted)?.Input;
  const input = text === undefined ? undefined : (JSON.parse(text) as Partial<Waiting> | null);
  return input?.operation;
}

/** From when until when each operation ran, by its id, as the stand-in of the resource manager has it on disk. */
function spansOf(stateDir: string): ReadonlyMap<string, { readonly start: number; readonly end: number }> {
  const file = path.join(stateDir, 'resource-manager', 'resource-manager.json');
  const { operations } = JSON.parse(readFileSync(file, 'utf8')) as {
    operations: Record<string, { id: string; startTime: string; endTime?: string }>;
  };
  return new Map(
    Object.values(operations).flatMap(({ id, startTime, endTime }) =>
      endTime === undefined
        ? []
        : [[id, { start: Date.parse(startTime), end: Date.parse(endTime) }] as const],
    ),
  );
}
