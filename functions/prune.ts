/** The prune: its orchestration, its start by HTTP, and the answer to why something is kept or gone. */
import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { answer, readBody, started } from '../src/app/http.ts';
import { taskHubOver } from '../src/app/hub.ts';
import { startRun } from '../src/app/runs.ts';
import { viewExplanation } from '../src/app/explanations.ts';
import { startPruneRequest } from '../src/contracts/api.ts';
import { prune, pruneContract } from '../src/workflows/prune.ts';
import { theApp } from './the-app.ts';

df.app.orchestration(pruneContract.name, prune);

df.app.client.http('startPrune', {
  route: 'v1/prunes',
  methods: ['POST'],
  authLevel: 'function',
  handler: (request, client) =>
    answer(async () => {
      const { system, ...input } = await readBody(request, startPruneRequest);
      const scope = { system, region: theApp.deps.region };
      return started([
        await startRun(theApp.deps, taskHubOver(client), {
          kind: 'prune',
          scope,
          actor: 'function-key',
          input,
        }),
      ]);
    }),
});

app.http('pruneExplanation', {
  route: 'v1/prunes/{system}/explanation',
  methods: ['GET'],
  authLevel: 'function',
  handler: (request) =>
    answer(async () => ({
      jsonBody: await viewExplanation(
        theApp.deps,
        request.params['system'] ?? '',
        request.query.get('id') ?? '',
      ),
    })),
});
