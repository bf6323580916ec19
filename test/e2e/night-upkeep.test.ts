/**
 * What must hold night after night: a run that did not happen is noticed without the task hub, finished orchestrations
 * are forgotten, and a host needs no more memory after many cycles than after a few.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { budget } from '../budget.ts';
import { narrowedEstate, type EstateFile } from './support/estate-file.ts';
import { kill } from './support/processes.ts';
import { projectRoot } from './support/project.ts';
import { TestStack, untilAnswering } from './support/stack.ts';
import { until } from './support/until.ts';
import { HostAdmin } from './support-night/host-admin.ts';
import { Night, type AlertView } from './support-night/night.ts';
import { placeOf } from './support-night/places.ts';

const system = 'lms';
const region = 'eastus';
const slotMinutesAgo = 5;
const comparedFromCycle = 3;
/** The heap is exact; what is resident also depends on what the allocator gives back. */
const mostGrowth = {
  heap: { factor: 1.1, bytes: 2 * 1024 * 1024 },
  resident: { factor: 1.2, bytes: 20 * 1024 * 1024 },
};

let stack: TestStack;
let night: Night;
let admin: HostAdmin;

beforeAll(async () => {
  const estate = estateWithPastSlot();
  stack = await TestStack.make(estate);
  night = new Night(stack, placeOf(estate, system, region));
  admin = new HostAdmin(stack, region);
  await stack.serve();
});
afterAll(() => stack.remove());

test('a snapshot that nobody took is noticed with an empty task hub: an alert names slot and runbook until a run ends well', async () => {
  await forgetSnapshots();
  await restartWithEmptyHub();
  await admin.runTimer('freshness');
  const alert = await until('the alert is there', openAlert);
  expect(alert).toMatchObject({
    title: 'The snapshot of LMS in eastus is late',
    detail: expect.stringMatching(/^slot \S+Z was to be served by \S+Z: it never began$/),
    runbook: 'runbooks/run-late.md',
  });
  expect(existsSync(path.join(projectRoot, alert.runbook))).toBe(true);

  const id = await night.api.begin('snapshots', { system });
  await night.api.ended(id);
  await admin.runTimer('freshness');
  await until('the alert is resolved', async () => ((await openAlert()) === undefined ? true : undefined));
});

test('finished orchestrations are forgotten, one at work is not, and its drill passes', async () => {
  const id = await night.api.begin('drills', { system, cleanUpDelaySeconds: 8 });
  await night.api.operationWhen(id, 'it keeps its server', ({ progress }) =>
    progress?.step === 'keep for inspection' ? true : undefined,
  );
  await restartAfter(() => ageHub(31));
  await untilForgotten((left) => left.every((one) => one.runtimeStatus !== 'Completed'));
  expect((await admin.instances()).map(({ instanceId }) => instanceId)).toEqual([id]);
  expect(await night.api.ended(id)).toMatchObject({ result: 'PASS' });
  // It began a month ago and has ended just now: it is looked at, and stays. The second look begins after the first.
  await admin.runTimer('history');
  await admin.runTimer('history');
  expect((await admin.instances()).map(({ instanceId }) => instanceId)).toContain(id);
  expect((await night.api.get('status')).status).toBe(200);
});

test(
  'after many cycles the host needs no more memory than after three, and its task hub is empty again',
  { timeout: (budget.memoryCycles + 2) * 60_000 },
  async () => {
    let early = { heap: 0, resident: 0 };
    for (let cycle = 1; cycle <= budget.memoryCycles; cycle += 1) {
      const { drill } = await night.cycle();
      expect(drill.result, drill.reasons.join('; ')).toBe('PASS');
      await admin.forgetEnded();
      expect(await admin.instances()).toEqual([]);
      if (cycle === comparedFromCycle) early = await heldBytes();
    }
    const late = await heldBytes();
    for (const what of ['heap', 'resident'] as const) {
      const [before, after] = [early[what], late[what]];
      console.log(
        `${what}: ${megabytes(before)} after ${comparedFromCycle} cycles, ${megabytes(after)} at the end`,
      );
      expect(after, what).toBeLessThan(before * mostGrowth[what].factor + mostGrowth[what].bytes);
    }
  },
);

/** The snapshot was due minutes ago; nothing else ever is. */
function estateWithPastSlot(): EstateFile {
  const estate = narrowedEstate({ [system]: [region] });
  const slot = new Date(Date.now() - slotMinutesAgo * 60_000);
  Object.assign(estate.systems[0]!.schedules, {
    snapshot: {
      cron: `0 ${slot.getUTCMinutes()} ${slot.getUTCHours()} * * *`,
      timeZone: 'UTC',
      lateAfter: 'PT1M',
    },
  });
  return estate;
}

/** Nobody has taken a snapshot, and the watch began an hour ago. */
async function forgetSnapshots(): Promise<void> {
  const vault = night.outsider.container(`vault${region}`, 'vault');
  const root = `v1/${system}/${region}`;
  for await (const { name } of vault.listBlobsFlat({ prefix: `${root}/slots/snapshot-` }))
    await vault.deleteBlob(name);
  const since = new Date(Date.now() - 3_600_000).toISOString();
  const watch = JSON.stringify({ schema: 'lifeboat/watch/v1', system, region, since });
  await vault.getBlockBlobClient(`${root}/watch.json`).uploadData(Buffer.from(watch));
}

/** The app again without anything it knew of orchestrations. */
async function restartWithEmptyHub(): Promise<void> {
  await restartAfter(() => {
    for (const file of readdirSync(admin.folder).filter((name) => name.startsWith('task-hub.sqlite')))
      rmSync(path.join(admin.folder, file));
  });
  expect(await admin.instances()).toEqual([]);
}

/** The app again, killed and changed behind its back. */
async function restartAfter(change: () => void): Promise<void> {
  const pid = hostPid();
  kill(pid, 'SIGKILL');
  change();
  await until('another process serves', () => (hostPid() !== 0 && hostPid() !== pid ? true : undefined));
  await untilAnswering(night.api);
}

/** Every orchestration in the task hub, once the killed host has let go of it, as if it had happened so many days earlier. */
function ageHub(days: number): void {
  const hub = new DatabaseSync(path.join(admin.folder, 'task-hub.sqlite'), { timeout: 5_000 });
  const ms = days * 86_400_000;
  hub.prepare('UPDATE instances SET created_at = created_at - ?, updated_at = updated_at - ?').run(ms, ms);
  hub.close();
}

async function openAlert(): Promise<AlertView | undefined> {
  return (await night.openAlerts()).find(({ key }) => key === 'snapshot-late');
}

async function untilForgotten(
  isEnough: (left: Awaited<ReturnType<HostAdmin['instances']>>) => boolean,
): Promise<void> {
  await until(
    'what has ended is forgotten',
    async () => {
      await admin.runTimer('history');
      return isEnough(await admin.instances()) ? true : undefined;
    },
    { everyMilliseconds: 300 },
  );
}

/** The process of the region's host; 0 while there is none. */
function hostPid(): number {
  return stack.processes().find(({ command }) => command.includes('functions-host/main.ts'))?.pid ?? 0;
}

/** The least of what the idle host holds over some looks, its garbage collected. */
async function heldBytes(): Promise<{ heap: number; resident: number }> {
  const looks: { heap: number; resident: number }[] = [];
  for (let look = 0; look < 5; look += 1) {
    await sleep(250);
    const { heapUsed, external, rss } = await admin.memory();
    looks.push({ heap: heapUsed + external, resident: rss });
  }
  const least = (of: 'heap' | 'resident'): number => Math.min(...looks.map((one) => one[of]));
  return { heap: least('heap'), resident: least('resident') };
}

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
