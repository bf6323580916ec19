/** The snapshot: its orchestration, and the waiting it needs. */
import * as df from 'durable-functions';
import { snapshot, snapshotContract } from '../src/workflows/snapshot.ts';
import { startWhenFree, startWhenFreeContract } from '../src/workflows/start-when-free.ts';
import { takeManyParts, takePartsContract } from '../src/workflows/take-parts.ts';
import { waitForOperation, waitForOperationContract } from '../src/workflows/wait-for-operation.ts';

df.app.orchestration(snapshotContract.name, snapshot);
df.app.orchestration(waitForOperationContract.name, waitForOperation);
df.app.orchestration(takePartsContract.name, takeManyParts);
df.app.orchestration(startWhenFreeContract.name, startWhenFree);
