/** The restore drill: its orchestrations. */
import * as df from 'durable-functions';
import { checkSeries, checkSeriesContract } from '../src/workflows/check-series.ts';
import { childGroup, childGroupContract } from '../src/workflows/child-group.ts';
import { targetOperation, targetOperationContract } from '../src/workflows/target-operation.ts';
import { longCheck, longCheckContract } from '../src/workflows/long-check.ts';
import { configureServer, configureServerContract } from '../src/workflows/configure-server.ts';
import { removeServer, removeServerContract } from '../src/workflows/remove-server.ts';
import { playPointAlone, playPointContract } from '../src/workflows/play-point.ts';
import { restoreDrill, restoreDrillContract } from '../src/workflows/restore-drill.ts';
import { restoreServer, restoreServerContract } from '../src/workflows/restore-server.ts';

df.app.orchestration(restoreDrillContract.name, restoreDrill);
df.app.orchestration(playPointContract.name, playPointAlone);
df.app.orchestration(restoreServerContract.name, restoreServer);
df.app.orchestration(removeServerContract.name, removeServer);
df.app.orchestration(configureServerContract.name, configureServer);
df.app.orchestration(longCheckContract.name, longCheck);
df.app.orchestration(checkSeriesContract.name, checkSeries);
df.app.orchestration(childGroupContract.name, childGroup);
df.app.orchestration(targetOperationContract.name, targetOperation);
