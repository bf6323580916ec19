/** What an access token of Entra ID (version 2.0) must say beside issuer, audience and time, and where its issuer tells of its keys. */
import { z } from 'zod';

export const accessTokenClaims = z.object({
  ver: z.literal('2.0'),
  oid: z.string().min(1).max(100),
  sub: z.string().min(1),
  tid: z.string(),
  /** The program that asked for it: an identity token has none. */
  azp: z.string().min(1),
  /** What people call the caller; none of it decides anything, so none of it has to be right. */
  name: z.string().optional().catch(undefined),
  preferred_username: z.string().optional().catch(undefined),
  upn: z.string().optional().catch(undefined),
  /** What a program may do for a person; one that acts for itself has none. */
  scp: z.string().optional(),
  roles: z.array(z.string()).default([]),
});

export const openIdConfiguration = z.object({ issuer: z.string(), jwks_uri: z.url() });
