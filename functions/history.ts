/** Forgets orchestrations that ended long ago: what they came to is in the vault. */
import * as df from 'durable-functions';
import { purgeHistory } from '../src/app/history.ts';
import { taskHubOver } from '../src/app/hub.ts';
import { theApp } from './the-app.ts';

df.app.client.timer('history', {
  schedule: '30 */10 * * * *',
  handler: async (_timer, client, context) => {
    const purged = await purgeHistory(theApp, taskHubOver(client));
    if (purged > 0) context.log(`forgot ${purged} finished orchestrations`);
  },
});
