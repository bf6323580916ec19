/** A restore that a person asks for: its orchestrations, its plan, its start, its cancellation and its list by HTTP. */
import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { answer, readBody, started } from '../src/app/http.ts';
import { taskHubOver } from '../src/app/hub.ts';
import { cancelRestore, planRestore, startRestore, viewRestores } from '../src/app/restores.ts';
import { cancelRestoreRequest, planRestoreRequest, startRestoreRequest } from '../src/contracts/api.ts';
import { restore, restoreContract } from '../src/workflows/restore.ts';
import { waitForCancel, waitForCancelContract } from '../src/workflows/wait-for-cancel.ts';
import { theApp } from './the-app.ts';

df.app.orchestration(restoreContract.name, restore);
df.app.orchestration(waitForCancelContract.name, waitForCancel);

const actor = 'function-key';

app.http('planRestore', {
  route: 'v1/restore-plans',
  methods: ['POST'],
  authLevel: 'function',
  handler: (request) =>
    answer(async () => ({
      jsonBody: await planRestore(theApp.deps, await readBody(request, planRestoreRequest)),
    })),
});

df.app.client.http('startRestore', {
  route: 'v1/restores',
  methods: ['POST'],
  authLevel: 'function',
  handler: (request, client) =>
    answer(async () => {
      const order = await readBody(request, startRestoreRequest);
      return started([await startRestore(theApp.deps, taskHubOver(client), order, actor)]);
    }),
});

app.http('restores', {
  route: 'v1/restores/{system}',
  methods: ['GET'],
  authLevel: 'function',
  handler: (request) =>
    answer(async () => ({ jsonBody: await viewRestores(theApp.deps, request.params['system'] ?? '') })),
});

app.http('cancelRestore', {
  route: 'v1/restores/{system}/{restore}/cancel',
  methods: ['POST'],
  authLevel: 'function',
  handler: (request) =>
    answer(async () => {
      const { reason } = await readBody(request, cancelRestoreRequest);
      const { system = '', restore: id = '' } = request.params;
      const jsonBody = await cancelRestore(theApp.deps, system, id, { by: actor, reason });
      return { status: 202, jsonBody };
    }),
});
