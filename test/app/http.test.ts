import { HttpRequest } from '@azure/functions';
import { describe, expect, test } from 'vitest';
import { readInput, WrongRequest } from '../../src/app/api/input.ts';
import { answer, started } from '../../src/app/http.ts';
import { problemDocument } from '../../src/contracts/api/problem.ts';
import { routes } from '../../src/contracts/routes/table.ts';
import { Failure, failureCodes, type FailureCode } from '../../src/policy/failure.ts';

const problemOf = async (
  thrown: unknown,
): Promise<{
  status: number | undefined;
  problem: ReturnType<typeof problemDocument.parse>;
  logged: string[];
}> => {
  const logged: string[] = [];
  const { status, body } = await answer(
    async () => {
      throw thrown;
    },
    (line) => void logged.push(line),
  );
  return { status, problem: problemDocument.parse(JSON.parse(body as string)), logged };
};
const requestOf = (text: string): HttpRequest =>
  new HttpRequest({ method: 'POST', url: 'https://app.example/api/v1/drills', body: { string: text } });

describe('an answer', () => {
  test.each(Object.keys(failureCodes) as FailureCode[])(
    'to a failure %s is a problem with its status, code and hint',
    async (code) => {
      const { status, problem, logged } = await problemOf(new Failure(code, 'what', 'next'));
      expect(logged).toEqual([]);
      expect(status).toBe(failureCodes[code].http);
      expect(problem).toMatchObject({ status, code, detail: 'what', hint: 'next' });
    },
  );

  test('to what was not foreseen gives away none of its words', async () => {
    const { status, problem, logged } = await problemOf(new Error('password=secret at x.ts:1'));
    expect(status).toBe(500);
    expect(JSON.stringify(problem)).not.toMatch(/secret|x\.ts/);
    expect(logged[0]).toContain('Error: password=secret at x.ts:1');
  });
});

describe('a request', () => {
  test('is read by its schema', async () => {
    expect(await readInput(routes.startDrill, requestOf('{"system":"shop"}'))).toMatchObject({
      body: { system: 'shop' },
    });
  });

  test.each([
    ['no JSON', '{', /no JSON/],
    ['without its members', '', /system: /],
    ['with members that nobody knows', '{"system":"shop","sql":"x"}', /sql/],
    ['with a point that climbs', '{"system":"shop","point":"../x"}', /point: /],
    ['too long', `"${'x'.repeat(70_000)}"`, /too long/],
  ])('%s is refused', async (_what, text, message) => {
    const read = readInput(routes.startDrill, requestOf(text));
    await expect(read).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(message) as string,
    });
  });
});

test('everything that is wrong with a request is named with its place', async () => {
  const request = new HttpRequest({
    ...{ method: 'GET', url: 'https://app.example/api/v1/report-history/X', params: { system: 'X' } },
    query: { limit: '0', more: '1' },
  });
  const thrown: unknown = await readInput(routes.reportHistory, request).catch((error: unknown) => error);
  expect((thrown as WrongRequest).errors.map(({ at }) => at).toSorted()).toEqual([
    ...['path.system', 'query.limit', 'query.more'],
  ]);
  const { body } = await answer(() => {
    throw thrown as WrongRequest;
  });
  expect(problemDocument.parse(JSON.parse(body as string)).errors).toHaveLength(3);
});

test('a start of one run says where to ask for it', () => {
  const id = 'drill.shop.westeurope.20260301T013000Z';
  expect(started([id])).toMatchObject({
    status: 202,
    headers: { location: `/api/v1/operations/${id}` },
    jsonBody: { operations: [{ id, kind: 'drill', system: 'shop', region: 'westeurope' }] },
  });
});
