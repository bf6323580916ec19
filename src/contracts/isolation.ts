/** What shows that a restored server was isolated: its network settings as read back, and a connection that was tried. */
import { z } from 'zod';
import { instant, serverId } from './values.ts';

/** A connection tried before the server was opened for the checks: it had to be refused. */
export const isolationProbe = z.object({
  outcome: z.enum(['refused', 'connected', 'unclear', 'not-tried']),
  at: instant,
  detail: z.string(),
});
export type IsolationProbe = z.infer<typeof isolationProbe>;

export const networkSettings = z.object({
  target: serverId,
  firewallRules: z.array(z.string()),
  publicNetworkAccess: z.string(),
});

/** Drills of older versions tried no connection. */
export const isolationFacts = networkSettings.extend({ probe: isolationProbe.optional() });
