/** The restore drill: its orchestrations, and its start by HTTP. */
import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { answer, readBody, started } from '../src/app/http.ts';
import { viewCoverage } from '../src/app/drill-coverage.ts';
import { startDrill } from '../src/app/drills.ts';
import { taskHubOver } from '../src/app/hub.ts';
import { startDrillRequest } from '../src/contracts/api.ts';
import { longCheck, longCheckContract } from '../src/workflows/long-check.ts';
import { configureServer, configureServerContract } from '../src/workflows/configure-server.ts';
import { removeServer, removeServerContract } from '../src/workflows/remove-server.ts';
import { playPointAlone, playPointContract } from '../src/workflows/play-point.ts';
import { restoreDrill, restoreDrillContract } from '../src/workflows/restore-drill.ts';
import { restoreServer, restoreServerContract } from '../src/workflows/restore-server.ts';
import { theApp } from './the-app.ts';

df.app.orchestration(restoreDrillContract.name, restoreDrill);
df.app.orchestration(playPointContract.name, playPointAlone);
df.app.orchestration(restoreServerContract.name, restoreServer);
df.app.orchestration(removeServerContract.name, removeServer);
df.app.orchestration(configureServerContract.name, configureServer);
df.app.orchestration(longCheckContract.name, longCheck);

app.http('drillCoverage', {
  route: 'v1/drills/{system}/coverage',
  methods: ['GET'],
  authLevel: 'function',
  handler: (request) =>
    answer(async () => ({ jsonBody: await viewCoverage(theApp.deps, request.params['system'] ?? '') })),
});

df.app.client.http('startDrill', {
  route: 'v1/drills',
  methods: ['POST'],
  authLevel: 'function',
  handler: (request, client) =>
    answer(async () => {
      const order = await readBody(request, startDrillRequest);
      return started([await startDrill(theApp.deps, taskHubOver(client), order, 'function-key')]);
    }),
});
