/** People of the simulated tenant. */
import type { Actor } from '../../src/contracts/actor.ts';

/** Somebody who starts, asks for and decides on things; roles are the business of the routes, which are not simulated. */
export const personNamed = (subject: string): Actor => ({ subject, tenant: 'simulated', role: 'operator' });
