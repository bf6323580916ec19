import { describe, expect, test } from 'vitest';
import { findingSentence } from '../../../src/policy/retention/reconcile-words.ts';
import {
  reconcile,
  type KnownItem,
  type LedgerLine,
  type ListedItem,
  type ReconcileFinding,
} from '../../../src/policy/retention/reconcile.ts';
import { ago, day, now } from './make.ts';

const known = (id: string, facts: Partial<KnownItem> = {}): KnownItem => ({
  ...{ id, source: 'on-demand', completedAt: ago(3 * day), providerExpiresAt: undefined },
  ...{ confirmedAbsentAt: undefined, ...facts },
});
const listed = (id: string, facts: Partial<ListedItem> = {}): ListedItem => ({
  ...{ id, source: 'on-demand', completedAt: ago(3 * day), owner: 'lifeboat', ...facts },
});
const line = (item: string, stage: LedgerLine['stage'], hours: number): LedgerLine => ({
  ...{ item, stage, at: ago(hours), reason: 'past the window' },
});
const find = (
  catalogue: readonly KnownItem[],
  items: readonly ListedItem[],
  ledger: readonly LedgerLine[] = [],
  isComplete = true,
): ReconcileFinding[] => reconcile(catalogue, { isComplete, items }, ledger, now);
const names = (found: readonly ReconcileFinding[]): string[] =>
  found.map((one) => `${one.finding} ${one.id}`);

const automatic = (hoursLeft: number): Partial<KnownItem> => ({
  ...{ source: 'automatic', providerExpiresAt: ago(-hoursLeft) },
});

describe('what is gone', () => {
  test.each<[string, string[], Partial<KnownItem>, LedgerLine[]]>([
    ["past the provider's retention was expired by it", ['expired-by-provider a'], automatic(-1), []],
    ["at the end of the provider's retention was expired by it", ['expired-by-provider a'], automatic(0), []],
    ["inside the provider's retention vanished", ['vanished a'], automatic(1), []],
    ['and ours, without a line in the ledger, vanished', ['vanished a'], {}, []],
    ['although its deletion was refused vanished', ['vanished a'], {}, [line('a', 'refused', 9)]],
    ['although its deletion failed vanished', ['vanished a'], {}, [line('a', 'failed', 9)]],
    [
      'and confirmed in the ledger is no finding',
      [],
      {},
      [line('a', 'intent', 9), line('a', 'confirmed-absent', 8)],
    ],
    ['and confirmed by its tombstone is no finding', [], { confirmedAbsentAt: ago(9) }, []],
    [
      'while its deletion has not ended is only that',
      ['deletion-unfinished a'],
      {},
      [line('a', 'deleting', 9)],
    ],
  ])('%s', (_what, wanted, facts, ledger) => {
    expect(names(find([known('a', facts)], [], ledger))).toEqual(wanted);
  });

  test('cannot be told from an incomplete listing', () => {
    expect(find([known('a')], [], [], false)).toEqual([]);
  });
});

describe('what is there', () => {
  test.each<[string, string[], Partial<ListedItem>, LedgerLine[]]>([
    ["and of Lifeboat's name, but in no catalogue, appeared", ['appeared-unknown x'], {}, []],
    ["and a person's own by its name is theirs", [], { owner: 'person' }, []],
    ["and automatic is the provider's", [], { source: 'automatic' }, []],
    ['and of the last hours may be about to be recorded', [], { completedAt: ago(6) }, []],
    ['although it was confirmed absent came back', ['resurrected x'], {}, [line('x', 'confirmed-absent', 9)]],
  ])('%s', (_what, wanted, facts, ledger) => {
    expect(names(find([], [listed('x', facts)], ledger))).toEqual(wanted);
  });

  test('although its tombstone was closed came back', () => {
    expect(names(find([known('a', { confirmedAbsentAt: ago(9) })], [listed('a')]))).toEqual([
      'resurrected a',
    ]);
  });

  test('and known is no finding, listed once or twice', () => {
    expect(find([known('a')], [listed('a'), listed('a')])).toEqual([]);
  });
});

describe('a deletion', () => {
  test('that was begun and has not ended is a finding, with what is known of the thing', () => {
    const ledger = [line('a', 'deleting', 9), line('a', 'intent', 10)];
    const found = { finding: 'deletion-unfinished', id: 'a', stage: 'deleting', since: ago(9) };
    expect(find([known('a')], [listed('a')], ledger)).toEqual([{ ...found, isListed: true }]);
    expect(find([known('a')], [], ledger)).toEqual([{ ...found, isListed: false }]);
    expect(find([known('a')], [], ledger, false)).toEqual([{ ...found, isListed: undefined }]);
  });

  test('that ended and was begun again is judged by its last line', () => {
    const ledger = [line('a', 'intent', 10), line('a', 'failed', 9), line('a', 'intent', 8)];
    expect(names(find([known('a')], [listed('a')], ledger))).toEqual(['deletion-unfinished a']);
    expect(find([known('a')], [listed('a')], [...ledger, line('a', 'failed', 7)])).toEqual([]);
  });
});

test('each finding reads as a sentence', () => {
  const ledger = [line('d', 'intent', 2), line('r', 'confirmed-absent', 3)];
  const catalogue = [known('e', automatic(-1)), known('v'), known('w', automatic(24)), known('d')];
  const found = find(catalogue, [listed('u'), listed('r')], ledger);
  expect(found.map(findingSentence)).toEqual([
    'e is gone: the provider kept it until 2026-03-20 05:00 UTC and expired it by itself',
    'v of 2026-03-17 06:00 UTC is gone, and nobody here deleted it',
    'w of 2026-03-17 06:00 UTC is gone, and nobody here deleted it: the provider was to keep it until 2026-03-21 06:00 UTC',
    "u of 2026-03-17 06:00 UTC carries Lifeboat's name and stands in no catalogue: its snapshot was never recorded",
    'r is listed again, although it was confirmed absent at 2026-03-20 03:00 UTC',
    'the deletion of d was begun at 2026-03-20 04:00 UTC and has not ended: it is gone, and not confirmed',
  ]);
});
