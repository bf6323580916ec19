/** The estate at a glance, and its recovery points. */
import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { answer } from '../src/app/http.ts';
import { taskHubOver } from '../src/app/hub.ts';
import { viewPoints, viewStatus } from '../src/app/views.ts';
import { theApp } from './the-app.ts';

df.app.client.http('status', {
  route: 'v1/status',
  methods: ['GET'],
  authLevel: 'function',
  handler: (_request, client) =>
    answer(async () => ({
      jsonBody: await viewStatus(theApp.deps, taskHubOver(client), theApp.settings.vaultUrl),
    })),
});

app.http('points', {
  route: 'v1/points/{system}',
  methods: ['GET'],
  authLevel: 'function',
  handler: (request) =>
    answer(async () => ({ jsonBody: await viewPoints(theApp.deps, request.params['system'] ?? '') })),
});
