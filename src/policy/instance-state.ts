/** Where an orchestration stands. */

/** `suspended`: halted by the hub's own API, until it is resumed there. */
export type InstanceState = 'waiting' | 'running' | 'suspended' | 'succeeded' | 'failed' | 'terminated';

/** Whether it has come to its end: one that waits or is suspended has not. */
export const isOver = (state: InstanceState): boolean =>
  state === 'succeeded' || state === 'failed' || state === 'terminated';
