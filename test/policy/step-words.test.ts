import { expect, test } from 'vitest';
import { stepWords } from '../../src/policy/step-words.ts';

test.each([
  [undefined, '1 server(s)'],
  [1, '1 server(s); tried again once'],
  [3, '1 server(s); tried again 3 times'],
])('with %s retries', (retries, words) => {
  expect(stepWords({ detail: '1 server(s)', retries })).toBe(words);
});
