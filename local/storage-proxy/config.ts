/** What the proxy models for each account; an account that is not named is passed through untouched. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const account = z.object({
  /** The account's shared key, with which the proxy keeps copies. */
  key: z.string().min(1),
  versions: z.boolean().default(false),
  softDeleteDays: z.int().min(0).max(365).default(0),
  secondary: z.object({ lagSeconds: z.number().nonnegative() }).optional(),
});
export type AccountProfile = z.infer<typeof account>;

const schema = z.object({
  stateFolder: z.string().min(1),
  /** Where the blob store itself listens, `https://127.0.0.1:<port>`. */
  upstream: z.url(),
  /** Left out: plain HTTP. `caFile` is the authority of the upstream's certificate. */
  tls: z.object({ certFile: z.string(), keyFile: z.string(), caFile: z.string() }).optional(),
  port: z.int().nonnegative(),
  /** Without a control section there is no control endpoint. */
  control: z.object({ port: z.int().nonnegative(), secret: z.string().min(16) }).optional(),
  accounts: z.record(z.string(), account),
});
export type StorageProxyConfig = z.infer<typeof schema>;
/** The configuration as it is written in the file, before defaults. */
export type StorageProxyConfigInput = z.input<typeof schema>;

/** Checks a configuration; the error names every problem with its path. */
export function checkConfig(input: unknown, file: string): StorageProxyConfig {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((one) => `  ${one.path.join('.') || '(root)'}: ${one.message}`);
  throw new Error(`The configuration ${file} is wrong:\n${problems.join('\n')}`);
}

/** Reads and checks the configuration file. */
export function readConfig(file: string): StorageProxyConfig {
  return checkConfig(JSON.parse(readFileSync(file, 'utf8')), file);
}
