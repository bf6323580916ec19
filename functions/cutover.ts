/** A cutover to what was restored, and the way back: its orchestrations. */
import * as df from 'durable-functions';
import { cutOver, cutOverContract } from '../src/workflows/cut-over.ts';
import { waitForCutoverGo, waitForCutoverGoContract } from '../src/workflows/wait-for-cutover-go.ts';

df.app.orchestration(cutOverContract.name, cutOver);
df.app.orchestration(waitForCutoverGoContract.name, waitForCutoverGo);
