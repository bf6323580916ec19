/** The configuration file of the sample application, checked once at the start. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const schema = z.object({
  port: z.int().nonnegative(),
  tls: z.object({ certFile: z.string(), keyFile: z.string() }),
  /** The identity that it signs in to databases with, and where that gets its tokens. */
  identity: z.object({
    endpoint: z.url(),
    clientId: z.string().min(1),
    header: z.string().min(1),
    role: z.string().min(1),
  }),
});
export type SampleApplicationConfig = z.infer<typeof schema>;

/** Reads and checks the configuration file; the error names every problem with its path. */
export function readConfig(file: string): SampleApplicationConfig {
  const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((one) => `  ${one.path.join('.') || '(root)'}: ${one.message}`);
  throw new Error(`The configuration ${file} is wrong:\n${problems.join('\n')}`);
}
