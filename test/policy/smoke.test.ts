import { describe, expect, test } from 'vitest';
import { judgeAnswer, valueAt } from '../../src/policy/smoke.ts';

const answer = (text: string, change: object = {}) => ({ status: 200, text, isCut: false, ...change });

describe('a JSON pointer', () => {
  const document = { a: { 'b/c': [10, { '~': null }] }, '': 'empty', n: 0 };
  test.each<[string, unknown]>([
    ['', document],
    ['/', 'empty'],
    ['/n', 0],
    ['/a/b~1c/0', 10],
    ['/a/b~1c/1/~0', null],
    ['/a/b~1c/2', undefined],
    ['/a/b~1c/-', undefined],
    ['/a/b~1c/00', undefined],
    ['/a/b~1c/length', undefined],
    ['/n/deeper', undefined],
    ['/constructor', undefined],
    ['/__proto__', undefined],
  ])('"%s"', (pointer, value) => {
    expect(valueAt(document, pointer)).toEqual(value);
  });
});

describe('an answer', () => {
  test('is right if everything that was asked for holds', () => {
    const expected = { status: 200, contains: '"x"', json: { pointer: '/x', equals: 1 } };
    expect(judgeAnswer(expected, answer('{"x":1}'))).toEqual({ verdict: 'right' });
    expect(judgeAnswer({ status: 404 }, answer('', { status: 404 }))).toEqual({ verdict: 'right' });
  });

  test('is another value where the type is another one', () => {
    const expected = { status: 200, json: { pointer: '/x', equals: '1' } };
    expect(judgeAnswer(expected, answer('{"x":1}'))).toEqual({
      verdict: 'wrong',
      because: '/x is 1 instead of "1"',
    });
  });

  test('of the wrong status is wrong whatever its body, read or not', () => {
    expect(judgeAnswer({ status: 200 }, answer('', { status: 500, isCut: true })).verdict).toBe('wrong');
  });

  test('that was cut is right where what was read suffices, and else not known', () => {
    expect(judgeAnswer({ status: 200, contains: 'a' }, answer('a', { isCut: true })).verdict).toBe('right');
    expect(judgeAnswer({ status: 200, contains: 'b' }, answer('a', { isCut: true })).verdict).toBe('unknown');
  });

  test('is told in few characters: a report is no place for a body', () => {
    const expected = { status: 200, json: { pointer: '/x', equals: 1 } };
    const judged = judgeAnswer(expected, answer(JSON.stringify({ x: 'y'.repeat(10_000) })));
    expect(JSON.stringify(judged).length).toBeLessThan(120);
  });
});
