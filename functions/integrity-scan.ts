/** The integrity scan: its orchestrations, and its start by HTTP. */
import * as df from 'durable-functions';
import { answer, readBody, started } from '../src/app/http.ts';
import { taskHubOver } from '../src/app/hub.ts';
import { startRun } from '../src/app/runs.ts';
import { startScanRequest } from '../src/contracts/api.ts';
import {
  integrityScan,
  scanContract,
  scanShard,
  scanShardContract,
} from '../src/workflows/integrity-scan.ts';
import { theApp } from './the-app.ts';

df.app.orchestration(scanContract.name, integrityScan);
df.app.orchestration(scanShardContract.name, scanShard);

df.app.client.http('startScan', {
  route: 'v1/scans',
  methods: ['POST'],
  authLevel: 'function',
  handler: (request, client) =>
    answer(async () => {
      const { system } = await readBody(request, startScanRequest);
      const scope = { system, region: theApp.deps.region };
      return started([
        await startRun(theApp.deps, taskHubOver(client), {
          kind: 'scan',
          scope,
          actor: 'function-key',
          input: {},
        }),
      ]);
    }),
});
