/** Who does something, as the audit log, holds and restores name it: a person or a program of the tenant, by a role. */
import { z } from 'zod';

/** What the tenant can let somebody be: the app roles of the API. */
export const roles = ['reader', 'operator', 'approver', 'auditor'] as const;
export const role = z.enum(roles);
export type Role = z.infer<typeof role>;

/** `subject` is the object id in the directory: the same in every app, and of nobody else in the tenant. */
export const actor = z.strictObject({
  subject: z.string().min(1),
  tenant: z.string().min(1),
  role,
});
export type Actor = z.infer<typeof actor>;

/** The actor's name in documents that hold one line of it; the role is no part of it: a person in another role is no other. */
export const nameOfActor = ({ subject, tenant }: Pick<Actor, 'subject' | 'tenant'>): string =>
  `${subject}@${tenant}`;
