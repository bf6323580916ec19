/** Removes servers that drills left behind, each quarter of an hour or when asked to: it needs no task hub. */
import { app } from '@azure/functions';
import { answer } from '../src/app/http.ts';
import { reapAll, reapOne, viewDrillServers } from '../src/app/reaper.ts';
import { theApp } from './the-app.ts';

app.timer('reaper', {
  schedule: '50 */15 * * * *',
  handler: async (_timer, context) => {
    const { done, troubles } = await reapAll(theApp);
    for (const line of done) context.log(line);
    for (const trouble of troubles) context.error(`left behind: ${trouble}`);
  },
});

app.http('reapDrillServers', {
  route: 'v1/drills/{system}/servers/reap',
  methods: ['POST'],
  authLevel: 'function',
  handler: (request) =>
    answer(async () => ({ jsonBody: await reapOne(theApp.deps, request.params['system'] ?? '') })),
});

app.http('drillServers', {
  route: 'v1/drills/{system}/servers',
  methods: ['GET'],
  authLevel: 'function',
  handler: (request) =>
    answer(async () => ({ jsonBody: await viewDrillServers(theApp.deps, request.params['system'] ?? '') })),
});
