/** The configuration file of the key vault's stand-in, checked once at the start. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const schema = z.object({
  stateFolder: z.string().min(1),
  tls: z.object({ certFile: z.string(), keyFile: z.string() }),
  port: z.int().nonnegative(),
  /** Without a control section there is no control endpoint. */
  control: z.object({ port: z.int().nonnegative(), secret: z.string().min(16) }).optional(),
  /** The key that signs the tokens of the stack's identities. */
  tokenKeyFile: z.string().min(1),
  tenant: z.string().min(1),
  /** Names of the keys; each has a version from the first start on. */
  keys: z.array(z.string().regex(/^[A-Za-z0-9-]{1,127}$/)).min(1),
});
export type KeyVaultConfig = z.infer<typeof schema>;

/** Reads and checks the configuration file; the error names every problem with its path. */
export function readConfig(file: string): KeyVaultConfig {
  const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((one) => `  ${one.path.join('.') || '(root)'}: ${one.message}`);
  throw new Error(`The configuration ${file} is wrong:\n${problems.join('\n')}`);
}
