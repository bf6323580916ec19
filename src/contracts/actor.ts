/** Who does something, as the audit log, holds and restores name it: a person or a program of the tenant, by a role. */
import { z } from 'zod';
import { longestName, readableName } from '../policy/person-name.ts';

/** What the tenant can let somebody be: the app roles of the API. */
export const roles = ['reader', 'operator', 'approver', 'auditor'] as const;
export const role = z.enum(roles);
export type Role = z.infer<typeof role>;

/** A readable name beside an id: for people to read, never to judge by. In UTF-16 units a character may count twice. */
export const personName = z
  .string()
  .min(1)
  .max(2 * longestName)
  .refine((name) => readableName(name) === name, { error: 'must be a name of one line' });

/** The same as the member of a document; what is no such name is left out, so that nothing fails by it. */
export const byName = personName.optional().catch(undefined);

/** `subject` is the object id in the directory: the same in every app, and of nobody else in the tenant. */
export const actor = z.strictObject({
  subject: z.string().min(1),
  tenant: z.string().min(1),
  role,
  name: personName.optional(),
});
export type Actor = z.infer<typeof actor>;

/** The actor's name in documents that hold one line of it; the role is no part of it: a person in another role is no other. */
export const nameOfActor = ({ subject, tenant }: Pick<Actor, 'subject' | 'tenant'>): string =>
  `${subject}@${tenant}`;

/** Somebody as documents name them: the id that decides, the readable name, and the role that they act by. */
export interface Person {
  readonly by: string;
  readonly byName?: string | undefined;
  readonly role?: Role | undefined;
}

/** The caller as documents name them. */
export const personOf = (caller: Actor): Person => ({
  by: nameOfActor(caller),
  ...named(caller.name),
  role: caller.role,
});

/** The member of a document that keeps a readable name; left out where there is none. */
export const named = (name: string | undefined): { readonly byName?: string } =>
  name === undefined ? {} : { byName: name };
