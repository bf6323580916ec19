/** Notices what did not happen, and an estate that protects less: a plain timer that does not depend on the task hub. */
import { app } from '@azure/functions';
import { watchEstate } from '../src/app/estate-watch.ts';
import { watchFreshness } from '../src/app/freshness.ts';
import { theApp } from './the-app.ts';

app.timer('freshness', {
  schedule: '45 * * * * *',
  handler: async (_timer, context) => {
    for (const late of await watchFreshness(theApp)) context.error(late);
    for (const weaker of await watchEstate(theApp)) context.error(weaker);
  },
});
