/** People of the simulated tenant. */
import type { Actor } from '../../src/contracts/actor.ts';

/** Somebody who starts, asks for and decides on things. Who may be what is the business of the routes, which are not simulated. */
export const personNamed = (subject: string, role: Actor['role'] = 'operator'): Actor => ({
  ...{ subject, tenant: 'simulated', role },
});
