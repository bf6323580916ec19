/**
 * Which function of the app is at work, and for which run: the audit log says so of whatever no caller asked for. It
 * follows the work through every call, so that nothing has to hand it on.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** An activity or a timer, and the orchestration that called it. */
export interface ActingFunction {
  readonly function: string;
  readonly instance?: string | undefined;
}

const atWork = new AsyncLocalStorage<ActingFunction>();

/** Does work as a function; what it enters in the audit log names it. */
export const actingAs = <T>(acting: ActingFunction, work: () => T): T => atWork.run(acting, work);

/** The function that is at work here. */
export const actingFunction = (): ActingFunction | undefined => atWork.getStore();
