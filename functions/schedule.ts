/** Starts what the estate's schedules say is due; looked at each minute, claimed once. */
import * as df from 'durable-functions';
import { startDueRuns } from '../src/app/runs.ts';
import { taskHubOver } from '../src/app/hub.ts';
import { theApp } from './the-app.ts';

df.app.client.timer('schedule', {
  schedule: '15 * * * * *',
  handler: async (_timer, client, context) => {
    const { started, troubles } = await startDueRuns(theApp.deps, taskHubOver(client));
    for (const id of started) context.log(`started ${id}`);
    for (const trouble of troubles) context.error(`not started: ${trouble}`);
  },
});
