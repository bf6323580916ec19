/** Registers the random orchestration with the app. */
import * as df from 'durable-functions';
import { fuzz, fuzzChild, unreliable } from './fuzz.ts';

df.app.activity('unreliable', { handler: unreliable });
df.app.orchestration('fuzzChild', fuzzChild);
df.app.orchestration('fuzz', fuzz);
