/** People of tests. */
import type { Actor } from '../../src/contracts/actor.ts';

/** Somebody of the tests' tenant. */
export const actorOf = (subject: string, role: Actor['role'] = 'operator'): Actor => ({
  subject,
  tenant: 'tests',
  role,
});
