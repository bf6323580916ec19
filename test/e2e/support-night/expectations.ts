/** What is expected of a cycle as a whole. */
import { expect } from 'vitest';
import type { AlertView, CycleView, Night } from './night.ts';

/** Every step was done, and the drill has passed. */
export function expectPassed(cycle: CycleView): void {
  expect(cycle, JSON.stringify(cycle)).toMatchObject({
    heartbeat: { outcome: 'done' },
    snapshot: { outcome: 'done' },
    scan: { outcome: 'clean' },
    prune: { outcome: 'done' },
    drill: { result: 'PASS' },
  });
}

/** What a drill that could not restore says, with these words in its reasons. */
export function expectNotRestored({ drill }: CycleView, ...words: string[]): void {
  expect(drill.result).toBe('FAIL');
  for (const word of words) expect(drill.reasons.join()).toContain(word);
}

/** Every recovery point and backup that was there still is, and no drill's server is left. */
export async function expectNothingLost(
  night: Night,
  before: Awaited<ReturnType<Night['belongings']>>,
): Promise<void> {
  const after = await night.belongings();
  expect(after.points).toEqual(expect.arrayContaining([...before.points]));
  expect(after.backups).toEqual(expect.arrayContaining([...before.backups]));
  expect(await night.drillServers()).toEqual([]);
}

/** Runs what damages nothing for good: what was there before is there afterwards. */
export async function keptWhole(night: Night, work: () => Promise<CycleView>): Promise<CycleView> {
  const before = await night.belongings();
  const cycle = await work();
  await expectNothingLost(night, before);
  return cycle;
}

/** The open alert of that key; throws if none is open. */
export async function openAlert(night: Night, key: string): Promise<AlertView> {
  const alert = (await night.openAlerts()).find((one) => one.key === key);
  if (alert === undefined) throw new Error(`no open alert ${key}`);
  return alert;
}
