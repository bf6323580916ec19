/** The prune: its orchestration. */
import * as df from 'durable-functions';
import { prune, pruneContract } from '../src/workflows/prune.ts';

df.app.orchestration(pruneContract.name, prune);
