/** The repair of damaged blobs: its orchestrations, and its start by HTTP. A plan is approved in the vault, never here. */
import * as df from 'durable-functions';
import { answer, readBody, started } from '../src/app/http.ts';
import { taskHubOver } from '../src/app/hub.ts';
import { startRun } from '../src/app/runs.ts';
import { startRepairRequest } from '../src/contracts/api.ts';
import { repair, repairContract } from '../src/workflows/repair.ts';
import { waitForApproval, waitForApprovalContract } from '../src/workflows/wait-for-approval.ts';
import { theApp } from './the-app.ts';

df.app.orchestration(repairContract.name, repair);
df.app.orchestration(waitForApprovalContract.name, waitForApproval);

df.app.client.http('startRepair', {
  route: 'v1/repairs',
  methods: ['POST'],
  authLevel: 'function',
  handler: (request, client) =>
    answer(async () => {
      const { system, ...input } = await readBody(request, startRepairRequest);
      const scope = { system, region: theApp.deps.region };
      return started([
        await startRun(theApp.deps, taskHubOver(client), {
          kind: 'repair',
          scope,
          actor: 'function-key',
          input,
        }),
      ]);
    }),
});
