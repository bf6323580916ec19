/** The integrity scan: its orchestrations, and its start by HTTP. */
import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { answer, readBody, started } from '../src/app/http.ts';
import { taskHubOver } from '../src/app/hub.ts';
import { viewFindings } from '../src/app/views.ts';
import { startRun } from '../src/app/runs.ts';
import { startScanRequest } from '../src/contracts/api.ts';
import { integrityScan, scanContract } from '../src/workflows/integrity-scan.ts';
import { scanShard, scanShardContract } from '../src/workflows/scan-shard.ts';
import { scanStore, scanStoreContract } from '../src/workflows/scan-store.ts';
import { scanStores, scanStoresContract } from '../src/workflows/scan-stores.ts';
import { Failure } from '../src/policy/failure.ts';
import { theApp } from './the-app.ts';

df.app.orchestration(scanContract.name, integrityScan);
df.app.orchestration(scanStoresContract.name, scanStores);
df.app.orchestration(scanStoreContract.name, scanStore);
df.app.orchestration(scanShardContract.name, scanShard);

df.app.client.http('startScan', {
  route: 'v1/scans',
  methods: ['POST'],
  authLevel: 'function',
  handler: (request, client) =>
    answer(async () => {
      const { system, ...order } = await readBody(request, startScanRequest);
      const scope = { system, region: theApp.deps.region };
      return started([
        await startRun(theApp.deps, taskHubOver(client), {
          kind: 'scan',
          scope,
          actor: 'function-key',
          input: order,
        }),
      ]);
    }),
});

app.http('scanFindings', {
  route: 'v1/scans/{system}/{scan}/findings',
  methods: ['GET'],
  authLevel: 'function',
  handler: (request) =>
    answer(async () => {
      const { system = '', scan = '' } = request.params;
      const from = findingsFrom(request.query.get('from'));
      return { jsonBody: await viewFindings(theApp.deps, system, scan, from) };
    }),
});

/** Where a page of findings begins; throws `bad-input` unless it is a whole number. */
function findingsFrom(text: string | null): number {
  if (text === null) return 0;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Failure(
    'bad-input',
    `from=${text} is no place in a list`,
    'Take it from "next" of the page before.',
  );
}
