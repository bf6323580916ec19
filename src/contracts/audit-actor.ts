/**
 * Who acts, as the audit log says it: a caller whose token told who it is, a caller who showed no more than a function
 * key, or the app itself, with the function that acts and the run that it acts in.
 */
import { z } from 'zod';

export const auditActor = z.object({
  kind: z.enum(['caller', 'function-key', 'automation']),
  /** The caller's id within its tenant; of automation the app's own role. */
  subject: z.string().min(1),
  tenant: z.string().optional(),
  /** The app role that let the caller do it. */
  role: z.string().optional(),
  /** Automation alone: the activity or the timer, and the orchestration that called it. */
  function: z.string().optional(),
  instance: z.string().optional(),
});
export type AuditActor = z.infer<typeof auditActor>;

/** A caller who showed a function key: nobody knows who that is. */
export const functionKeyCaller: AuditActor = { kind: 'function-key', subject: 'function-key' };

/** The caller of a request that names who asks by a word alone. */
export const callerNamed = (name: string): AuditActor =>
  name === functionKeyCaller.subject ? functionKeyCaller : { kind: 'caller', subject: name };
