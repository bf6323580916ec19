/** Forgets orchestrations that ended long ago: what they came to is in the vault; tells of restores that were cut off. */
import * as df from 'durable-functions';
import { closeCutOff } from '../src/app/cut-off.ts';
import { purgeHistory } from '../src/app/history.ts';
import { taskHubOver } from '../src/app/hub.ts';
import { theApp } from './the-app.ts';

df.app.client.timer('history', {
  schedule: '30 */10 * * * *',
  handler: async (_timer, client, context) => {
    for (const line of await closeCutOff(theApp, taskHubOver(client))) context.error(line);
    const purged = await purgeHistory(theApp, taskHubOver(client));
    if (purged > 0) context.log(`forgot ${purged} finished orchestrations`);
  },
});
