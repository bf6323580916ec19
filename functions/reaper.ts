/** Removes servers that drills left behind, each quarter of an hour: it needs no task hub. */
import { app } from '@azure/functions';
import { reapAll } from '../src/app/reaper.ts';
import { theApp } from './the-app.ts';

app.timer('reaper', {
  schedule: '50 */15 * * * *',
  handler: async (_timer, context) => {
    const { done, troubles } = await reapAll(theApp);
    for (const line of done) context.log(line);
    for (const trouble of troubles) context.error(`left behind: ${trouble}`);
  },
});
