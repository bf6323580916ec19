/** The snapshot: its orchestration's input and result, and the activities it is made of. */
import { z } from 'zod';
import { defineActivity, scopeFields } from './activity.ts';
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

/** Looks at the sources: which backup of which server to take, and which one must give way first. */
export const planSnapshot = defineActivity(
  'planSnapshot',
  z.object({ ...scopeFields, slot: stamp }),
  z.object({
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
  }),
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
