import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { EventType } from '../../local/functions-host/durable/history-events.ts';
import type { OrchestratorFunction } from '../../local/functions-host/durable/plain-functions.ts';
import { replayHistory } from '../../local/functions-host/replay-history.ts';
import { workflows } from '../support/workflows.ts';
import { folder, type RecordedHistory } from './record-histories.ts';

const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).toSorted();
const recorded = await Promise.all(
  files.map(async (file): Promise<[string, RecordedHistory]> => [
    file,
    JSON.parse(await readFile(new URL(file, folder), 'utf8')) as RecordedHistory,
  ]),
);

/** What functions/ registers, read from its text: importing it would start the app. */
async function registered(): Promise<string[]> {
  const functions = new URL('../../functions/', import.meta.url);
  const sources = await Promise.all(
    (await readdir(functions)).map((file) => readFile(new URL(file, functions), 'utf8')),
  );
  return sources.flatMap((source) =>
    [...source.matchAll(/df\.app\.orchestration\(\w+\.name, (\w+)\)/g)].map((hit) => hit[1] ?? ''),
  );
}

test('every registered workflow is known here and has a recorded history', async () => {
  const names = Object.fromEntries(
    Object.entries(workflows).map(([name, workflow]) => [workflow.name, name]),
  );
  const found = await registered();
  expect(found.length).toBeGreaterThan(5);
  for (const workflow of found) {
    const name = names[workflow];
    expect(name, `${workflow} is missing in test/support/workflows.ts`).toBeDefined();
    const has = recorded.some(([, one]) => one.workflow === name);
    expect(has, `${workflow} has no recorded history: run node test/workflows/record-histories.ts`).toBe(
      true,
    );
  }
});

test.each(recorded)('%s is what the code still decides', async (file, { workflow, history }) => {
  const orchestrator = workflows[workflow] as OrchestratorFunction | undefined;
  expect(
    orchestrator,
    `${file} is of a workflow that is gone; instances of it may still be running`,
  ).toBeDefined();
  const replayed = replayHistory({ orchestrator: orchestrator!, name: workflow, history });
  await expect(
    replayed,
    `${workflow} no longer decides what ${file} recorded: a running instance would fail after a deploy. Keep the old ` +
      'code under its name, or, if no instance can be running, record anew: node test/workflows/record-histories.ts',
  ).resolves.not.toHaveProperty('error');
});

test.each(recorded)('%s is shorter than 200 events', (_file, { history }) => {
  expect(history.length).toBeLessThan(200);
  expect(history.some((event) => event.EventType === EventType.ExecutionStarted)).toBe(true);
});
