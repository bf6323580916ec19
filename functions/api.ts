/**
 * The HTTP API: every route of the table, and nothing else by HTTP. The platform lets everybody through (`anonymous`: its
 * keys open nothing), for the one check is `serveRoute`: no request reaches a handler but through it.
 */
import * as df from 'durable-functions';
import { app } from '@azure/functions';
import { serveRoute, serveUnknown } from '../src/app/api/serve.ts';
import { taskHubOver } from '../src/app/hub.ts';
import { routeNamed, routeNames } from '../src/contracts/routes/table.ts';
import { theApp } from './the-app.ts';

for (const name of routeNames) {
  const { method, path } = routeNamed(name);
  // A function's name is its own: an activity may be called as a route is.
  df.app.client.http(`api-${name}`, {
    route: `v1/${path}`,
    methods: [method],
    authLevel: 'anonymous',
    handler: (request, client, context) =>
      serveRoute(theApp, name, request, taskHubOver(client), (line) => context.error(line)),
  });
}

app.http('unknown', {
  route: '{*path}',
  methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'],
  authLevel: 'anonymous',
  handler: (request) => serveUnknown(theApp, request),
});
