/** A restore that a person asks for: its orchestrations. */
import * as df from 'durable-functions';
import { copyTables, copyTablesContract } from '../src/workflows/copy-tables.ts';
import { restore, restoreContract } from '../src/workflows/restore.ts';
import { waitForCancel, waitForCancelContract } from '../src/workflows/wait-for-cancel.ts';
import { waitForGo, waitForGoContract } from '../src/workflows/wait-for-go.ts';

df.app.orchestration(restoreContract.name, restore);
df.app.orchestration(copyTablesContract.name, copyTables);
df.app.orchestration(waitForCancelContract.name, waitForCancel);
df.app.orchestration(waitForGoContract.name, waitForGo);
