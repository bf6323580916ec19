/** The snapshot: its orchestration, the waiting it needs, and its start by HTTP. */
import * as df from 'durable-functions';
import { answer, readBody, started } from '../src/app/http.ts';
import { startRun } from '../src/app/runs.ts';
import { taskHubOver } from '../src/app/hub.ts';
import { startSnapshotRequest } from '../src/contracts/api.ts';
import { snapshot, snapshotContract } from '../src/workflows/snapshot.ts';
import { waitForOperation, waitForOperationContract } from '../src/workflows/wait-for-operation.ts';
import { theApp } from './the-app.ts';

df.app.orchestration(snapshotContract.name, snapshot);
df.app.orchestration(waitForOperationContract.name, waitForOperation);

df.app.client.http('startSnapshot', {
  route: 'v1/snapshots',
  methods: ['POST'],
  authLevel: 'function',
  handler: (request, client) =>
    answer(async () => {
      const { system } = await readBody(request, startSnapshotRequest);
      const scope = { system, region: theApp.deps.region };
      return started([
        await startRun(theApp.deps, taskHubOver(client), {
          kind: 'snapshot',
          scope,
          actor: 'function-key',
          input: {},
        }),
      ]);
    }),
});
