/** How a started run goes. */
import * as df from 'durable-functions';
import { answer } from '../src/app/http.ts';
import { viewOperation } from '../src/app/views.ts';
import { taskHubOver } from '../src/app/hub.ts';

df.app.client.http('operation', {
  route: 'v1/operations/{id}',
  methods: ['GET'],
  authLevel: 'function',
  handler: (request, client) =>
    answer(async () => {
      const view = await viewOperation(taskHubOver(client), request.params['id'] ?? '');
      return { status: view.state === 'running' || view.state === 'waiting' ? 202 : 200, jsonBody: view };
    }),
});
