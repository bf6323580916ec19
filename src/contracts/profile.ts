/** The command's profile: who it talks to, one deployment per region, and as whom. */
import { z } from 'zod';
import { regionName } from './values.ts';

/** An identity of its own that a profile brings: a program of the tenant with its secret. */
const identity = z.object({ clientId: z.string().min(1), secret: z.string().min(1) });

export const profile = z.object({
  schema: z.literal('lifeboat/profile/v2'),
  deployments: z.array(z.object({ region: regionName, url: z.url() })).min(1),
  login: z.object({
    tenant: z.string().min(1),
    /** What tokens are asked for: `api://<client id of the API>/.default`. */
    scope: z.string().min(1),
    /** Where to sign in; that of the public cloud where it is left out. */
    authority: z.url({ protocol: /^https$/ }).optional(),
    /** By name, for `--as`; without them whoever is signed in to Azure on this machine is taken. */
    identities: z.record(z.string().min(1), identity).optional(),
    /** The identity that is taken without `--as`. */
    as: z.string().optional(),
  }),
  /** A certificate authority to trust beside the system's own, where there is one. */
  caFile: z.string().optional(),
});
export type Profile = z.infer<typeof profile>;
export type Login = Profile['login'];
