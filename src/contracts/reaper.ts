/** What the reaper removed, and what it found, as it is stored and as the API shows it. */
import { z } from 'zod';
import { instant, regionName, serverId, shortId } from './values.ts';

/** A drill server that outlived its drill: written before its removal is begun, completed once it is absent. */
export const reapedDocument = z.object({
  schema: z.literal('lifeboat/reaped-server/v1'),
  system: shortId,
  region: regionName,
  server: serverId,
  drill: z.string(),
  createdAt: instant,
  begunAt: instant,
  /** Why it went, as the retention says it. */
  reason: z.string(),
  confirmedAbsentAt: instant.optional(),
  /** How long it stood, and what that cost where the estate names a price. */
  hours: z.number().optional(),
  cost: z.object({ amount: z.number(), currency: z.string() }).optional(),
});
export type ReapedDocument = z.infer<typeof reapedDocument>;

/** A server that stands in the resource group for drills. */
export const drillServerView = z.object({
  server: serverId,
  /** The drill that made it; left out where nobody knows whose it is. */
  drill: z.string().optional(),
  decision: z.enum(['keep', 'expire', 'blocked']),
  sentence: z.string(),
  hours: z.number().optional(),
  cost: z.object({ amount: z.number(), currency: z.string() }).optional(),
});

/** What one run did: removals begun, servers confirmed absent, and why others still stand. */
export const reapResponse = z.object({
  begun: z.array(z.string()),
  gone: z.array(z.string()),
  troubles: z.array(z.string()),
});
export type ReapResponse = z.infer<typeof reapResponse>;

/** What stands now, and what was removed lately. */
export const drillServersResponse = z.object({
  servers: z.array(drillServerView),
  reaped: z.array(reapedDocument),
});
export type DrillServersResponse = z.infer<typeof drillServersResponse>;
