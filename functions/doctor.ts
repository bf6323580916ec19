/** What `lifeboat doctor` asks for: every check of this region, which only reads. */
import * as df from 'durable-functions';
import { viewDoctor } from '../src/app/doctor/view.ts';
import { answer } from '../src/app/http.ts';
import { taskHubOver } from '../src/app/hub.ts';
import { theApp } from './the-app.ts';

df.app.client.http('doctor', {
  route: 'v1/doctor',
  methods: ['GET'],
  authLevel: 'function',
  handler: (_request, client) =>
    answer(async () => ({ jsonBody: await viewDoctor(theApp, taskHubOver(client)) })),
});
