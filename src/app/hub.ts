/** The task hub of one invocation. */
export { taskHubOver } from '../azure/task-hub.ts';
