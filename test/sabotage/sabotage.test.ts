/**
 * Drills of which one thing each is wrong, on a real PostgreSQL: every one is reported as what it is, none is passed, and
 * no server is left that is not told of. A drill of which nothing is wrong passes, before and after them.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { budget } from '../budget.ts';
import { sabotages, sabotagesOf } from './all.ts';
import { Stage, type Played } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

/** Everything that a person is told of it. */
const said = ({ reasons, report }: Played): string =>
  [...reasons, ...(report?.checks ?? []).flatMap(({ findings, actual }) => [...findings, actual])].join('\n');

test('there are fifty or more, each another one', () => {
  expect(sabotages.length).toBeGreaterThanOrEqual(50);
  expect(new Set(sabotages.map(({ name }) => name)).size).toBe(sabotages.length);
});

test('in as many days as it takes each has its turn', () => {
  const days = Math.ceil(sabotages.length / 6) * 2;
  const played = Array.from({ length: days }, (_, day) => sabotagesOf(day, 6)).flat();
  expect(new Set(played)).toEqual(new Set(sabotages));
});

test('a drill of which nothing is wrong passes', async () => {
  expect(await stage.play()).toMatchObject({ result: 'PASS', reasons: [] });
});

const today = Math.floor(Date.now() / 86_400_000);

test.each(sabotagesOf(today, budget.sabotagedDrills))('$name is reported as what it is', async (sabotage) => {
  const played = await stage.play(sabotage);
  expect(played.result, said(played)).toBe(sabotage.result);
  expect(said(played)).toMatch(sabotage.says);
  const wrong = (played.report?.checks ?? []).filter(({ status }) => status !== 'passed').map(({ id }) => id);
  expect(wrong).toEqual(expect.arrayContaining([...(sabotage.checks ?? wrong)]));
  expect(wrong.filter((id) => sabotage.checks !== undefined && !sabotage.checks.includes(id))).toEqual([]);
});

test('and after them one of which nothing is wrong passes again', async () => {
  expect(await stage.play()).toMatchObject({ result: 'PASS', reasons: [] });
});
