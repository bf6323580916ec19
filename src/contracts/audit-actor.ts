/**
 * Who acts, as the audit log says it: a caller whose token told who it is, or the app itself, with the function that acts
 * and the run that it acts in.
 */
import { z } from 'zod';
import { role, type Actor, type Role } from './actor.ts';

export const auditActor = z.object({
  kind: z.enum(['caller', 'automation']),
  /** The caller's object id in the directory; of automation the app's own role. */
  subject: z.string().min(1),
  tenant: z.string().min(1).optional(),
  /** What let the caller do it. */
  role: role.optional(),
  /** Automation alone: the activity or the timer, and the orchestration that called it. */
  function: z.string().optional(),
  instance: z.string().optional(),
});
export type AuditActor = z.infer<typeof auditActor>;

export const callerOf = (actor: Actor): AuditActor => ({ kind: 'caller', ...actor });

/** The caller of which a document keeps the name (`nameOfActor`), and by which role it acts, where that is known. */
export function callerNamed(name: string, by?: Role): AuditActor {
  const at = name.lastIndexOf('@');
  const who = at < 1 ? { subject: name } : { subject: name.slice(0, at), tenant: name.slice(at + 1) };
  return { kind: 'caller', ...who, ...(by === undefined ? {} : { role: by }) };
}
