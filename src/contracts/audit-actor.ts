/**
 * Who acts, as the audit log says it: a caller whose token told who it is, or the app itself, with the function that acts
 * and the run that it acts in.
 */
import { z } from 'zod';
import { personName, role, type Actor, type Person } from './actor.ts';

export const auditActor = z.object({
  kind: z.enum(['caller', 'automation']),
  /** The caller's object id in the directory; of automation the app's own role. */
  subject: z.string().min(1),
  tenant: z.string().min(1).optional(),
  /** The caller's readable name, as the token told it; nothing is judged by it. */
  name: personName.optional().catch(undefined),
  /** What let the caller do it. */
  role: role.optional(),
  /** Automation alone: the activity or the timer, and the orchestration that called it. */
  function: z.string().optional(),
  instance: z.string().optional(),
});
export type AuditActor = z.infer<typeof auditActor>;

export const callerOf = (actor: Actor): AuditActor => ({ kind: 'caller', ...actor });

/** The caller whom a document names (`nameOfActor`), and by which role it acts, where that is known. */
export function callerNamed({ by, byName, role: acting }: Person): AuditActor {
  const at = by.lastIndexOf('@');
  const who = at < 1 ? { subject: by } : { subject: by.slice(0, at), tenant: by.slice(at + 1) };
  return {
    ...{ kind: 'caller', ...who },
    ...(byName === undefined ? {} : { name: byName }),
    ...(acting === undefined ? {} : { role: acting }),
  };
}
