/** The repair of damaged blobs: its orchestrations. A plan is approved in the vault, never here. */
import * as df from 'durable-functions';
import { repair, repairContract } from '../src/workflows/repair.ts';
import { waitForApproval, waitForApprovalContract } from '../src/workflows/wait-for-approval.ts';

df.app.orchestration(repairContract.name, repair);
df.app.orchestration(waitForApprovalContract.name, waitForApproval);
