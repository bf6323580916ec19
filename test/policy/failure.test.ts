import { describe, expect, test } from 'vitest';
import {
  Failure,
  failureCodes,
  failureFrom,
  failureFromFacts,
  type FailureCode,
} from '../../src/policy/failure.ts';

const codes = Object.entries(failureCodes) as [FailureCode, (typeof failureCodes)[FailureCode]][];

describe('the table of failures', () => {
  test.each(codes)(
    '%s has an exit code and an HTTP status of an error',
    (_code, { exit, http, retryable }) => {
      expect(exit).toBeGreaterThan(0);
      expect(exit).toBeLessThan(126);
      expect(http).toBeGreaterThanOrEqual(400);
      expect(http).toBeLessThan(600);
      expect(typeof retryable).toBe('boolean');
    },
  );

  test.each(codes)('%s says by itself whether trying again can help', (code, { retryable }) => {
    expect(new Failure(code, 'm', 'h').retryable).toBe(retryable);
    expect(new Failure(code, 'm', 'h', { retryable: !retryable }).retryable).toBe(!retryable);
  });

  test('never calls a refusal or a wrong input worth trying again', () => {
    const passing = codes.filter(([, facts]) => facts.retryable).map(([code]) => code);
    expect(passing).toEqual(['busy', 'unavailable', 'cannot-record', 'unexpected']);
  });
});

describe('a failure', () => {
  test('crosses a boundary as data without cause and stack', () => {
    const failure = new Failure('conflict', 'taken', 'choose another', { cause: new Error('secret') });
    const facts = JSON.parse(JSON.stringify(failure.facts())) as ReturnType<Failure['facts']>;
    expect(facts).toEqual({ code: 'conflict', message: 'taken', hint: 'choose another', retryable: false });
    expect(failureFromFacts(facts).facts()).toEqual(facts);
  });

  test.each([
    ['an error', new TypeError('no such thing'), 'no such thing'],
    ['a text', 'plain', 'plain'],
    ['nothing', undefined, 'undefined'],
  ])('that was not foreseen (%s) is unexpected and keeps its words', (_what, thrown, message) => {
    expect(failureFrom(thrown).facts()).toMatchObject({ code: 'unexpected', message, retryable: true });
  });

  test('that was foreseen stays what it is', () => {
    const failure = new Failure('refused', 'no', 'ask');
    expect(failureFrom(failure)).toBe(failure);
  });
});
