/**
 * The timer functions of functions/*.ts, by what they call, and when each is due on a simulated day. The real ones fire
 * each minute; here they fire where something can happen, which is a lawful way for a timer to be late.
 */
import { watchEstate } from '../src/app/estate-watch.ts';
import { watchFreshness } from '../src/app/freshness.ts';
import { beatAll } from '../src/app/heartbeats.ts';
import { purgeHistory } from '../src/app/history.ts';
import { reapAll } from '../src/app/reaper.ts';
import { startDueRuns } from '../src/app/runs.ts';
import { watchSignatures } from '../src/app/signatures.ts';
import type { HostProcess } from './engine/host-process.ts';

export interface HostTimer {
  readonly name: 'heartbeat' | 'schedule' | 'freshness' | 'history' | 'signatures' | 'reaper';
  /** Minutes of the day. */
  readonly minutes: readonly number[];
  readonly run: (process: HostProcess) => Promise<unknown>;
}

/** When the slots of the sample estate are due, in minutes of the day: scan, snapshot, drill, prune. */
const slots = [0, 90, 240, 360] as const;
/** Looks after a slot: soon, and again because something may have failed. */
const looks = [0.25, 11] as const;
/** Looks at all that is still due. */
const laterLooks = [200, 470, 780] as const;
/** A snapshot needs a beat of the last three minutes. */
const beatsOfSnapshot = [88, 90.3, 101] as const;

export const hostTimers: readonly HostTimer[] = [
  { name: 'heartbeat', minutes: [10, ...beatsOfSnapshot, 199, 235, 720], run: ({ app }) => beatAll(app) },
  {
    name: 'schedule',
    minutes: [...slots.flatMap((slot) => looks.map((look) => slot + look)), ...laterLooks],
    run: ({ app, hub }) => startDueRuns(app.deps, hub),
  },
  { name: 'freshness', minutes: [215, 365, 485, 725, 1300], run: ({ app }) => watchAll(app) },
  { name: 'signatures', minutes: [300, 730, 1_310], run: ({ app }) => watchSignatures(app) },
  { name: 'reaper', minutes: [30, 300, 480, 900, 1_200], run: ({ app }) => reapAll(app) },
  { name: 'history', minutes: [1_390], run: ({ app, hub }) => purgeHistory(app, hub) },
];

async function watchAll(app: HostProcess['app']): Promise<void> {
  await watchFreshness(app);
  await watchEstate(app);
}
