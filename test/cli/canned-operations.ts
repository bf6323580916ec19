/** How operations go and end, with stable data; all of it goes through its contract, so that none can differ from it. */
import { operationView, type OperationView } from '../../src/contracts/api/runs.ts';
import type { CycleResult } from '../../src/contracts/cycle.ts';
import type { DrillResult } from '../../src/contracts/drill.ts';
import { drillId, pointOf } from './canned-names.ts';

export interface ViewChange {
  readonly state?: OperationView['state'];
  readonly step?: string;
  readonly done?: readonly { readonly step: string; readonly seconds: number; readonly outcome: string }[];
  readonly inner?: {
    readonly step: string;
    readonly done?: readonly { readonly step: string; readonly seconds: number; readonly outcome: string }[];
    readonly percent?: number;
  };
  readonly result?: unknown;
  readonly failure?: string;
}

/** How an operation goes. */
export function viewOf(id: string, change: ViewChange = {}): OperationView {
  const [kind, system, region] = id.split('.');
  const since = '2026-03-01T01:31:00.000Z';
  const { step, done = [], inner, ...rest } = change;
  return operationView.parse({
    ...{
      id,
      kind,
      system,
      region,
      state: 'running',
      startedAt: '2026-03-01T01:30:30.000Z',
      updatedAt: '2026-03-01T01:31:33.500Z',
    },
    ...(step === undefined ? {} : { progress: { step, since, done } }),
    ...(inner === undefined ? {} : { inner: { since, done: [], ...inner } }),
    ...rest,
  });
}

/** What a drill comes to. */
export const drilled = (
  result: 'PASS' | 'FAIL' | 'INCONCLUSIVE',
  reasons: readonly string[] = [],
): DrillResult => ({
  ...{ result, drill: drillId, report: 'v1/report.json', reasons: [...reasons], timeline: [] },
});

/** What a cycle comes to; `change` replaces what its other steps came to. */
export const cycled = (
  result: 'PASS' | 'FAIL' | 'INCONCLUSIVE',
  reasons: readonly string[] = [],
  change: Partial<CycleResult> = {},
): CycleResult => ({
  heartbeat: { outcome: 'done', detail: 'written', seconds: 0.2 },
  snapshot: { outcome: 'done', detail: `recovery point ${pointOf()}`, seconds: 9.4 },
  scan: { outcome: 'clean', detail: '1204 of 1204 blobs re-hashed and right', seconds: 3.1 },
  prune: { outcome: 'done', detail: '2 backup(s) deleted', deleted: 16, kept: 7, blocked: 0, seconds: 1.2 },
  drill: drilled(result, reasons),
  seconds: 63.5,
  ...change,
});
