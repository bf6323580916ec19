/** The heartbeat into every database of this region, each minute; a plain timer that needs no task hub. */
import { app } from '@azure/functions';
import { beatAll } from '../src/app/heartbeats.ts';
import { theApp } from './the-app.ts';

app.timer('heartbeat', {
  schedule: '0 * * * * *',
  handler: async (_timer, context) => {
    for (const silent of await beatAll(theApp)) context.error(`no heartbeat: ${silent}`);
  },
});
