/** The nightly cycle: its orchestration. */
import * as df from 'durable-functions';
import { cycle, cycleContract } from '../src/workflows/cycle.ts';

df.app.orchestration(cycleContract.name, cycle);
