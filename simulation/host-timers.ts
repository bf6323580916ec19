/**
 * The timer functions of functions/*.ts, by what they call, and when each is due on a simulated day. The real ones fire
 * each minute; here they fire where something can happen, which is a lawful way for a timer to be late.
 */
import { watchAudit } from '../src/app/audit-watch.ts';
import { watchEstate } from '../src/app/estate-watch.ts';
import { watchFreshness } from '../src/app/freshness.ts';
import { beatAll } from '../src/app/heartbeats.ts';
import { closeCutOff } from '../src/app/cut-off.ts';
import { purgeHistory } from '../src/app/history.ts';
import { reapAll } from '../src/app/reaper.ts';
import { startDueRuns } from '../src/app/runs.ts';
import { watchSignatures } from '../src/app/signatures.ts';
import type { HostProcess } from './engine/host-process.ts';

export interface HostTimer {
  readonly name: 'heartbeat' | 'schedule' | 'freshness' | 'history' | 'signatures' | 'audit' | 'reaper';
  /** Minutes of each day. */
  readonly minutes: readonly number[];
  /** Minutes of some days: each of them on every second one, by chance. */
  readonly atTimes: readonly number[];
  readonly run: (process: HostProcess) => Promise<unknown>;
}

/** When the slots of the sample estate are due, in minutes of the day: scan, snapshot, drill, prune. */
const slots = [0, 90, 240, 360] as const;
/** A look right after each slot, and at times another one, because something may have failed. */
const [soon, again] = [0.25, 11];
/** A look at all that is still due. */
const laterLook = 470;

export const hostTimers: readonly HostTimer[] = [
  {
    name: 'heartbeat',
    // A snapshot needs a beat of the last three minutes.
    minutes: [88, 90.3],
    atTimes: [101, 235, 720],
    run: ({ app }) => beatAll(app),
  },
  {
    name: 'schedule',
    minutes: slots.map((slot) => slot + soon),
    atTimes: [...slots.map((slot) => slot + again), laterLook],
    run: ({ app, hub }) => startDueRuns(app.deps, hub),
  },
  {
    name: 'freshness',
    minutes: [725],
    atTimes: [365, 1_300],
    run: ({ app }) => watchAll(app),
  },
  {
    name: 'signatures',
    minutes: [730],
    atTimes: [1_310],
    run: ({ app }) => watchSignatures(app),
  },
  {
    name: 'reaper',
    minutes: [480],
    atTimes: [300, 1_200],
    run: ({ app }) => reapAll(app),
  },
  {
    name: 'audit',
    minutes: [735],
    atTimes: [370],
    run: ({ app }) => watchAudit(app),
  },
  { name: 'history', minutes: [1_390], atTimes: [], run: tidyHistories },
];

async function tidyHistories({ app, hub }: Pick<HostProcess, 'app' | 'hub'>): Promise<void> {
  await closeCutOff(app, hub);
  await purgeHistory(app, hub);
}

async function watchAll(app: HostProcess['app']): Promise<void> {
  await watchFreshness(app);
  await watchEstate(app);
}
