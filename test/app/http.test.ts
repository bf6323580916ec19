import { HttpRequest } from '@azure/functions';
import { describe, expect, test } from 'vitest';
import { answer, readBody, started } from '../../src/app/http.ts';
import { problemDocument, startDrillRequest } from '../../src/contracts/api.ts';
import { Failure, failureCodes, type FailureCode } from '../../src/policy/failure.ts';

const problemOf = async (
  thrown: unknown,
): Promise<{ status: number | undefined; problem: ReturnType<typeof problemDocument.parse> }> => {
  const { status, body } = await answer(async () => {
    throw thrown;
  });
  return { status, problem: problemDocument.parse(JSON.parse(body as string)) };
};
const requestOf = (text: string): HttpRequest =>
  new HttpRequest({ method: 'POST', url: 'https://app.example/api/v1/drills', body: { string: text } });

describe('an answer', () => {
  test.each(Object.keys(failureCodes) as FailureCode[])(
    'to a failure %s is a problem with its status, code and hint',
    async (code) => {
      const { status, problem } = await problemOf(new Failure(code, 'what', 'next'));
      expect(status).toBe(failureCodes[code].http);
      expect(problem).toMatchObject({ status, code, detail: 'what', hint: 'next' });
    },
  );

  test('to what was not foreseen gives away none of its words', async () => {
    const { status, problem } = await problemOf(new Error('password=secret at x.ts:1'));
    expect(status).toBe(500);
    expect(JSON.stringify(problem)).not.toMatch(/secret|x\.ts/);
  });
});

describe('a request', () => {
  test('is read by its schema', async () => {
    expect(await readBody(requestOf('{"system":"shop"}'), startDrillRequest)).toEqual({ system: 'shop' });
  });

  test.each([
    ['no JSON', '{', /no JSON/],
    ['without its members', '', /system: /],
    ['with members that nobody knows', '{"system":"shop","sql":"x"}', /sql/],
    ['with a point that climbs', '{"system":"shop","point":"../x"}', /point: /],
    ['too long', `"${'x'.repeat(70_000)}"`, /too long/],
  ])('%s is refused', async (_what, text, message) => {
    const read = readBody(requestOf(text), startDrillRequest);
    await expect(read).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(message) as string,
    });
  });
});

test('a start of one run says where to ask for it', () => {
  const id = 'drill.shop.westeurope.20260301T013000Z';
  expect(started([id])).toMatchObject({
    status: 202,
    headers: { location: `/api/v1/operations/${id}` },
    jsonBody: { operations: [{ id, kind: 'drill', system: 'shop', region: 'westeurope' }] },
  });
});
