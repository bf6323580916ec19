/** The nightly cycle: its orchestration, and its start by HTTP. */
import * as df from 'durable-functions';
import { answer, readBody, started } from '../src/app/http.ts';
import { startRun } from '../src/app/runs.ts';
import { taskHubOver } from '../src/app/hub.ts';
import { startCycleRequest } from '../src/contracts/api.ts';
import { cycle, cycleContract } from '../src/workflows/cycle.ts';
import { theApp } from './the-app.ts';

df.app.orchestration(cycleContract.name, cycle);

df.app.client.http('startCycle', {
  route: 'v1/cycles',
  methods: ['POST'],
  authLevel: 'function',
  handler: (request, client) =>
    answer(async () => {
      const { deps, systems } = theApp;
      const { system, ...input } = await readBody(request, startCycleRequest);
      const ids: string[] = [];
      for (const one of system === undefined ? systems : [system]) {
        ids.push(
          await startRun(deps, taskHubOver(client), {
            kind: 'cycle',
            scope: { system: one, region: deps.region },
            actor: 'function-key',
            input,
          }),
        );
      }
      return started(ids);
    }),
});
