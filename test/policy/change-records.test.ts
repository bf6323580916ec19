/** The judgement of records in their place: sequence, link, time of signing, the operations of an object. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  judgeBeginning,
  stepBack,
  type ObjectEvent,
  type ObjectState,
} from '../../src/policy/change-objects.ts';
import { emptyLog, judgeRecord, type ReadRecord } from '../../src/policy/change-records.ts';
import { judgeEarlierHead, judgeEnd, judgePosition, startOfLog } from '../../src/policy/change-sequence.ts';
import { judgeSigning, type ChainFacts } from '../../src/policy/change-signing.ts';
import { budget } from '../budget.ts';

const chain: ChainFacts = { notBefore: 100, notAfter: 200, revokedAt: undefined, revocationDoubt: undefined };
const kindOf = (facts: Partial<ChainFacts>, at: number, floor = 0) =>
  judgeSigning({ ...chain, ...facts }, at, floor).problem?.kind;

describe('A place in the log', () => {
  it('is the next sequence, naming the hash of the one before', () => {
    const first = judgePosition(startOfLog, 1, 'h1', null);
    expect(first).toEqual({ next: { sequence: 1, hash: 'h1' }, problems: [] });
    expect(judgePosition(first.next, 2, 'h2', 'h1').problems).toEqual([]);
    expect(judgePosition(first.next, 2, 'h2', 'hx').problems[0]?.kind).toBe('broken-link');
    expect(judgePosition(startOfLog, 1, 'h1', 'h0').problems[0]?.kind).toBe('broken-link');
    expect(judgePosition(first.next, 4, 'h4', 'h3').problems).toEqual([
      { kind: 'sequence-gap', what: '2 to 3 are missing before it' },
    ]);
    expect(judgePosition(first.next, 1, 'h1', null)).toMatchObject({ next: first.next });
  });

  it('is what an earlier verification saw', () => {
    const earlier = { sequence: 3, hash: 'h3' };
    expect(judgeEarlierHead(earlier, 3, 'h3')).toBeUndefined();
    expect(judgeEarlierHead(earlier, 2, 'h2')).toBeUndefined();
    expect(judgeEarlierHead(earlier, 3, 'hx')?.kind).toBe('rewritten');
    expect(judgeEnd({ sequence: 2, hash: 'h2' }, earlier)?.kind).toBe('truncated');
    expect(judgeEnd({ sequence: 3, hash: 'h3' }, earlier)).toBeUndefined();
    expect(judgeEnd(startOfLog, undefined)).toBeUndefined();
  });
});

describe('A time of signing', () => {
  it('lies within the validity of every certificate, its ends included', () => {
    expect([99, 100, 200, 201].map((at) => kindOf({}, at))).toEqual([
      ...['expired-at-signing', undefined, undefined, 'expired-at-signing'],
    ]);
  });

  it('lies before a revocation, and is not dated back behind what the log had reached', () => {
    expect(kindOf({ revokedAt: 150 }, 150)).toBe('revoked');
    expect(kindOf({ revokedAt: 150 }, 149)).toBeUndefined();
    expect(judgeSigning({ ...chain, revokedAt: 150 }, 149, 0).isRevokedLater).toBe(true);
    expect(kindOf({ revokedAt: 150 }, 149, 150)).toBe('revoked');
    expect(kindOf({}, 199, 201)).toBe('expired-at-signing');
  });

  it('proves nothing while a revocation cannot be ruled out; a known one is told rather', () => {
    expect(kindOf({ revocationDoubt: 'stale' }, 150)).toBe('revocation-unknown');
    expect(kindOf({ revocationDoubt: 'stale', revokedAt: 120 }, 150)).toBe('revoked');
  });

  it('counts for the log’s own time only if the record is proven', () => {
    const day = 86_400_000;
    const facts = { ...chain, notAfter: Number.MAX_SAFE_INTEGER };
    const read = (sequence: number, previous: string | null): ReadRecord => ({
      ...{ hash: `h${sequence}`, chain: facts, problem: undefined },
      payload: {
        ...{ sequence, object: 'o', operation: 'create', address: 'a', size: 1, previous },
        at: new Date(sequence * day).toISOString(),
      },
    });
    const proven = judgeRecord(emptyLog, { sequence: 1, columns: {} }, read(1, null), 9 * day);
    expect(proven.state.newestAt).toBe(day);
    const broken = judgeRecord(proven.state, { sequence: 2, columns: {} }, read(2, 'hx'), 9 * day);
    expect(broken.problems.map(({ kind }) => kind)).toEqual(['broken-link']);
    expect(broken.state.newestAt).toBe(day);
  });
});

describe('The records of an object', () => {
  const events = fc.array(
    fc.record({
      operation: fc.constantFrom('create' as const, 'update' as const, 'delete' as const),
      isProven: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  );

  it('give an address back exactly if a proven delete comes after it; only create, update…, delete is in order', () => {
    fc.assert(
      fc.property(events, (drawn) => {
        const log = drawn.map((one, index): ObjectEvent => ({ ...one, sequence: index + 1, at: index + 1 }));
        let state: ObjectState | undefined;
        const deletedAt = new Map<number, number | undefined>();
        let problems = 0;
        for (const event of log.toReversed()) {
          const step = stepBack(state, event);
          state = step.state;
          deletedAt.set(event.sequence, state.deletedAt);
          if (step.problem !== undefined) problems += 1;
        }
        if (state !== undefined && judgeBeginning(state) !== undefined) problems += 1;
        for (const event of log.filter((one) => one.operation !== 'delete')) {
          const next = log.find(
            (one) => one.sequence > event.sequence && one.operation === 'delete' && one.isProven,
          );
          expect(deletedAt.get(event.sequence)).toBe(next?.at);
        }
        const text = log.map((one) => one.operation[0]).join('');
        const isInOrder = log.every((one) => one.isProven) ? /^cu*d?$/.test(text) : problems === 0;
        expect(problems === 0).toBe(isInOrder);
      }),
      { numRuns: budget.policyProperties },
    );
  });
});
