/** Notices what did not happen: a plain timer that does not depend on the task hub. */
import { app } from '@azure/functions';
import { watchFreshness } from '../src/app/freshness.ts';
import { theApp } from './the-app.ts';

app.timer('freshness', {
  schedule: '45 * * * * *',
  handler: async (_timer, context) => {
    for (const late of await watchFreshness(theApp)) context.error(late);
  },
});
