/** The snapshot: its orchestration, and the waiting it needs. */
import * as df from 'durable-functions';
import { snapshot, snapshotContract } from '../src/workflows/snapshot.ts';
import { waitForOperation, waitForOperationContract } from '../src/workflows/wait-for-operation.ts';

df.app.orchestration(snapshotContract.name, snapshot);
df.app.orchestration(waitForOperationContract.name, waitForOperation);
