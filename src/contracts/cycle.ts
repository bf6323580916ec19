/** The nightly cycle of one system in one region. */
import { z } from 'zod';
import { scopeFields } from './activity.ts';
import { drillResult } from './drill.ts';
import { pruneResult } from './prune.ts';
import { scanResult } from './scan.ts';
import { snapshotResult } from './snapshot.ts';
import { stamp } from './values.ts';

export const cycleInput = z.object({
  ...scopeFields,
  slot: stamp,
  trigger: z.enum(['schedule', 'person']),
  cleanUpDelaySeconds: z.int().default(0),
});
export type CycleInput = z.input<typeof cycleInput>;

/** What each step came to; a failed step does not stop the later ones from being tried. */
export const cycleResult = z.object({
  heartbeat: z.object({ outcome: z.enum(['done', 'failed']), detail: z.string(), seconds: z.number() }),
  snapshot: snapshotResult,
  scan: scanResult,
  prune: pruneResult,
  drill: drillResult,
  seconds: z.number(),
});
export type CycleResult = z.infer<typeof cycleResult>;

/** A running orchestration's own word on where it stands. */
export const progress = z.object({
  step: z.string(),
  /** The child that is at work now, whose own progress says more. */
  child: z.string().optional(),
  percent: z.number().min(0).max(100).optional(),
  /** How long the rest will take at the pace of what is behind it. */
  secondsLeft: z.number().optional(),
  /** What was read so far, and how fast. */
  work: z
    .object({
      blobs: z.number(),
      bytes: z.number(),
      bytesPerSecond: z.number().optional(),
    })
    .optional(),
  since: z.string(),
  done: z.array(z.object({ step: z.string(), seconds: z.number(), outcome: z.string() })),
});
export type Progress = z.infer<typeof progress>;
