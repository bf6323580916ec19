/** The configuration file of the stand-in for Entra ID, checked once at the start. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const identity = z.object({
  name: z.string().min(1),
  clientId: z.guid(),
  objectId: z.guid(),
  secret: z.string().min(16),
  roles: z.array(z.string()),
});
/** A program of the tenant, with the roles that the tenant gave it. */
export type LoginIdentity = z.infer<typeof identity>;

const schema = z.object({
  stateFolder: z.string().min(1),
  tls: z.object({ certFile: z.string(), keyFile: z.string() }),
  port: z.int().nonnegative(),
  tenant: z.guid(),
  /** The client id of the API that tokens are for. */
  audience: z.guid(),
  identities: z.array(identity).min(1),
  lifetimeSeconds: z.int().positive().default(3600),
});
export type LoginConfig = z.infer<typeof schema>;
export type LoginConfigInput = z.input<typeof schema>;

/** Reads and checks the configuration file; the error names every problem with its path. */
export function readConfig(file: string): LoginConfig {
  const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((one) => `  ${one.path.join('.') || '(root)'}: ${one.message}`);
  throw new Error(`The configuration ${file} is wrong:\n${problems.join('\n')}`);
}
