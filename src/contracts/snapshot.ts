/** The snapshot: its orchestration's input and result, and the activities it is made of. */
import { z } from 'zod';
import { defineActivity, failureFacts, scopeFields } from './activity.ts';
import { pointDatabase, pointId, pointServer, pointStore } from './documents.ts';
import { operationStart } from './operations.ts';
import { instant, serverId, shortId, stamp } from './values.ts';

export const snapshotInput = z.object({
  ...scopeFields,
  slot: stamp,
  trigger: z.enum(['schedule', 'person', 'cycle']),
});
export type SnapshotInput = z.infer<typeof snapshotInput>;

export const snapshotResult = z.object({
  outcome: z.enum(['done', 'failed']),
  point: pointId.optional(),
  instant: instant.optional(),
  detail: z.string(),
  seconds: z.number(),
});
export type SnapshotResult = z.infer<typeof snapshotResult>;

/** One beat into every database of the scope. */
export const recordHeartbeat = defineActivity(
  'recordHeartbeat',
  z.object({ ...scopeFields }),
  z.object({
    beats: z.array(
      z.object({
        database: shortId,
        slot: instant,
        writtenAt: instant.optional(),
        failure: z.string().optional(),
      }),
    ),
  }),
);

/** Which backup of which server to take, which one must give way first, and which databases there are. */
export const snapshotPlan = z.object({
  point: pointId,
  deadlineSeconds: z.number(),
  servers: z.array(
    z.object({
      server: serverId,
      backup: z.string(),
      giveUp: z.object({ backup: z.string(), coveredBy: z.string() }).optional(),
    }),
  ),
  databases: z.array(z.object({ database: shortId, server: serverId, backup: z.string() })),
});

/** Looks at the sources, and plans. */
export const planSnapshot = defineActivity(
  'planSnapshot',
  z.object({ ...scopeFields, slot: stamp }),
  snapshotPlan,
);

/** Deletes one on-demand backup to free its slot, through the guarded deleter. */
export const giveUpBackup = defineActivity(
  'giveUpBackup',
  z.object({ ...scopeFields, server: serverId, backup: z.string(), coveredBy: z.string() }),
  operationStart,
);

export const beginBackup = defineActivity(
  'beginBackup',
  z.object({ ...scopeFields, server: serverId, backup: z.string() }),
  operationStart,
);

/** When the provider completed the backup; fails with `not-found` when it is not listed. */
export const readBackup = defineActivity(
  'readBackup',
  z.object({ server: serverId, backup: z.string() }),
  z.object({ completedAt: instant }),
);

/** Takes the fingerprint and the blob inventory of one database at one instant. */
export const takeFingerprint = defineActivity(
  'takeFingerprint',
  z.object({ ...scopeFields, point: pointId, database: shortId }),
  z.object({ instant, fingerprint: pointDatabase.shape.fingerprint, stores: z.array(pointStore) }),
);

/** What was taken of a point so far: backups of servers, then fingerprints of databases, then configurations. */
export const pointParts = z.object({
  completed: z.array(z.object({ server: serverId, at: instant })),
  databases: z.array(pointDatabase.omit({ name: true })),
  stores: z.array(pointStore),
  servers: z.array(pointServer),
});
export type PointParts = z.infer<typeof pointParts>;

/** Input of the orchestration that takes the parts of a point one after the other. */
export const takePartsInput = z.object({ ...scopeFields, plan: snapshotPlan, done: pointParts });
export type TakePartsInput = z.infer<typeof takePartsInput>;
export const takePartsOutcome = z.union([z.object({ failure: failureFacts }), pointParts]);
export type TakePartsOutcome = z.infer<typeof takePartsOutcome>;

/** Writes the recovery point; only now it exists. */
export const recordPoint = defineActivity(
  'recordPoint',
  z.object({
    ...scopeFields,
    point: pointId,
    slot: stamp,
    databases: z.array(pointDatabase.omit({ name: true })),
    stores: z.array(pointStore),
    servers: z.array(pointServer),
  }),
  z.object({ instant }),
);
