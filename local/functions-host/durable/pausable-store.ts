/**
 * Stops the whole host at one exact step of one orchestration, so that a test can kill it just there, or change its
 * surroundings and let it go on. A file `pause-at.json` in the state folder names the step; the host puts `paused.json`
 * (with its process id) in its place and stands still, app and all, until that file is gone. `before`: the step's
 * effects have happened, their record is not durable. `after`: the record is durable, nothing that follows has begun.
 * Without the file the store behind works as if this one were not there.
 */
import fs from 'node:fs';
import path from 'node:path';
import { eventTypeNames, type HistoryEvent } from './history-events.ts';
import type { ActivityTask, DurableStore } from './store.ts';

/** Where to stop. */
export interface PausePoint {
  /** The instance by its name and, below the root, `/name#task` for each child: `cycle/snapshot#1`. */
  readonly instance: string;
  /** What the transaction writes: `turn <event type>:<id>` (see `turnStep`) or `activity <task id>`. */
  readonly step: string;
  readonly side: 'before' | 'after';
}

/** The file that asks for a pause, and the one that says that the host stands. */
export const pauseFiles = { wanted: 'pause-at.json', standing: 'paused.json' } as const;

const lookEveryMs = 20;

/** A store over `store` that stops where the state folder's file says. */
export function pausableStore(store: DurableStore, stateDir: string): DurableStore {
  const wantedFile = path.join(stateDir, pauseFiles.wanted);
  const standingFile = path.join(stateDir, pauseFiles.standing);
  let steps: string[] | undefined;

  const note = (instanceId: string, step: string): void => {
    steps?.push(`${pathOf(store, instanceId)} ${step}`);
  };
  const stepsOf = (work: () => void): string[] => {
    const noted: string[] = [];
    steps = noted;
    try {
      work();
    } finally {
      steps = undefined;
    }
    return noted;
  };
  const stand = (): void => {
    fs.writeFileSync(`${standingFile}.new`, JSON.stringify({ pid: process.pid }));
    fs.rmSync(wantedFile, { force: true });
    fs.renameSync(`${standingFile}.new`, standingFile);
    while (fs.existsSync(standingFile)) sleepWholeProcess(lookEveryMs);
  };
  const transact = async (work: () => void): Promise<void> => {
    const wanted = readPoint(wantedFile);
    if (wanted === undefined) return store.transact(work);
    let isThere = false;
    await store.transact(() => {
      isThere = stepsOf(work).includes(`${wanted.instance} ${wanted.step}`);
      if (isThere && wanted.side === 'before') stand();
    });
    if (isThere && wanted.side === 'after') stand();
  };

  return {
    ...store,
    history: {
      ...store.history,
      append(instanceId, firstPosition, events) {
        store.history.append(instanceId, firstPosition, events);
        if (steps === undefined) return;
        for (const event of events)
          for (const step of turnSteps(JSON.parse(event) as HistoryEvent)) note(instanceId, step);
      },
    },
    activities: {
      ...store.activities,
      remove(task: ActivityTask) {
        const wasThere = store.activities.remove(task);
        if (wasThere) note(task.instanceId, `activity ${task.taskId}`);
        return wasThere;
      },
    },
    transact,
  };
}

/** How a turn is named by one of its events; undefined for events that name no step. */
export function turnStep(event: HistoryEvent): string | undefined {
  const type = eventTypeNames.get(event.EventType);
  const id = event.EventId >= 0 ? event.EventId : (event.TaskScheduledId ?? event.TimerId);
  if (type === 'ExecutionStarted' || type === 'ExecutionCompleted') return `turn ${type}:0`;
  return type === undefined || id === undefined ? undefined : `turn ${type}:${id}`;
}

function turnSteps(event: HistoryEvent): string[] {
  const step = turnStep(event);
  return step === undefined ? [] : [step];
}

/** The path of an instance by names, as it is the same in every run of the same orchestration. */
function pathOf(store: DurableStore, instanceId: string): string {
  const instance = store.instances.get(instanceId);
  if (instance === undefined) return '';
  const { name, parent } = instance;
  return parent === null ? name : `${pathOf(store, parent.instanceId)}/${name}#${parent.taskId}`;
}

/** Undefined if no pause is asked for; a file that is being written counts from the next transaction on. */
function readPoint(file: string): PausePoint | undefined {
  if (!fs.existsSync(file)) return undefined;
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as PausePoint;
  } catch {
    return undefined;
  }
}

function sleepWholeProcess(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
