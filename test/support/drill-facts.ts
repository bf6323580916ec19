/** The facts of a drill whose checks all passed, as its orchestration would hand them to the report. */
import type { DrillFacts } from '../../src/contracts/drill.ts';
import type { CheckResult, TimelineStep } from '../../src/contracts/report.ts';
import { isoOf } from '../../src/contracts/values.ts';
import type { Planned } from './drill-steps.ts';
import type { World } from './world.ts';

/** Facts that make a PASS; `changes` replaces any of them. */
export async function drillFactsOf(
  world: World,
  planned: Planned,
  changes: Partial<DrillFacts> = {},
): Promise<DrillFacts> {
  const at = isoOf(world.clock.now());
  const { newestHeartbeat, ...heartbeat } = await world.value<CheckResult & { newestHeartbeat?: string }>(
    'runCheck',
    {
      ...planned.on,
      check: 'heartbeat',
      portion: 0,
    },
  );
  const step = (name: string): TimelineStep => ({
    ...{ step: name, startedAt: at, endedAt: at, seconds: 0, outcome: 'done', detail: name },
  });
  const { database, ...on } = planned.on;
  return {
    ...on,
    drill: planned.drill,
    endedAt: at,
    restore: 'done',
    cleanUp: [
      { target: planned.target, outcome: 'removed', detail: 'confirmed absent', seconds: 1, stoodSeconds: 9 },
    ],
    timeline: [step('restore'), step('clean up')],
    checks: [heartbeat],
    heartbeats: [{ database, newestWrittenAt: newestHeartbeat }],
    isolation: [],
    breakdownSeconds: { decide: 0, restore: 0, reconfigure: 0, validate: 0 },
    ...changes,
  };
}
