/**
 * What a restore does not carry over, as it is recorded of a server with a recovery point: parameters, network rules,
 * logins, and what the server is made of. Never a password, nor a hash of one.
 */
import { z } from 'zod';
import { defineActivity, scopeFields } from './activity.ts';
import { onTarget, onTargetInput } from './drill.ts';
import { pointId } from './documents.ts';
import { operationStart } from './operations.ts';
import { documentDigest, instant, regionName, serverId, shortId } from './values.ts';

export const serverConfiguration = z.object({
  schema: z.literal('lifeboat/server-configuration/v1'),
  system: shortId,
  region: regionName,
  point: pointId,
  server: serverId,
  at: instant,
  /** The parameters that were set to something else than the provider's default. */
  parameters: z.array(z.object({ name: z.string(), value: z.string() })),
  firewallRules: z.array(z.object({ name: z.string(), start: z.string(), end: z.string() })),
  roles: z.array(
    z.object({
      name: z.string(),
      attributes: z.string(),
      memberOf: z.array(z.string()),
      settings: z.array(z.string()),
    }),
  ),
  /** What the server is made of: facts by name. */
  platform: z.record(z.string(), z.string()),
});
export type ServerConfiguration = z.infer<typeof serverConfiguration>;

/** Records the configuration of one server with a point. */
export const recordConfiguration = defineActivity(
  'recordConfiguration',
  z.object({ ...scopeFields, point: pointId, server: serverId }),
  z.object({ path: z.string(), digest: documentDigest }),
);

/** Which recorded parameters the restored server lacks and may be given. */
export const missingParameters = defineActivity(
  'missingParameters',
  onTarget,
  z.object({ names: z.array(z.string()) }),
);

/** Sets one recorded parameter on the restored server; `done` when it has the recorded value. */
export const setParameter = defineActivity(
  'setParameter',
  onTarget.extend({ name: z.string() }),
  operationStart,
);

/** Restarts the restored server if a parameter waits for that; `done` when none does. */
export const restartServer = defineActivity('restartServer', onTarget, operationStart);

/** Input of the orchestration that gives parameters back; `given`: how far the generations before it came. */
export const configureInput = onTargetInput.extend({
  given: z
    .object({ names: z.int().nonnegative(), left: z.array(z.string()), problems: z.array(z.string()) })
    .optional(),
  retries: z.int().positive().optional(),
});
export type ConfigureInput = z.infer<typeof configureInput>;

/** What configuring a restored server came to; its check says what is still another. */
export const configureOutcome = z.object({ set: z.int(), problems: z.array(z.string()) });
export type ConfigureOutcome = z.infer<typeof configureOutcome>;
