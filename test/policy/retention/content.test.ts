import { describe, expect, test } from 'vitest';
import type {
  CopyItem,
  DumpItem,
  StoreFacts,
  UnreferencedItem,
} from '../../../src/policy/retention/items.ts';
import { ago, copy, cover, day, decide, dump, pin, point, short, store, unreferenced } from './make.ts';

const old = 9 * day;

describe('an exported dump', () => {
  const of = (fate: 'kept' | 'expired' | 'blocked'): ReturnType<typeof point> => {
    if (fate === 'kept') return point('e', 1, { source: 'export' });
    if (fate === 'expired') return point('e', old, { source: 'export' });
    return point('e', old, { source: 'export', servers: ['/servers/bare'] });
  };
  test.each([
    ['kept', 'keep part-of-point'],
    ['expired', 'expire with-its-point'],
    ['blocked', 'blocked point-blocked'],
  ] as const)('of a point that is %s goes the same way, however old', (fate, wanted) => {
    expect(decide([cover, of(fate), dump('d', old, { point: 'e' })]).map(short)[2]).toBe(wanted);
  });

  test('that is pinned stays although its point goes', () => {
    const pinned = dump('d', old, { point: 'e', pins: [pin()] });
    expect(decide([cover, of('expired'), pinned]).map(short)[2]).toBe('keep pinned');
  });

  test.each<[string, string, Partial<DumpItem>, number]>([
    ['of no point stays inside the window', 'keep inside-window', {}, 167],
    ['of no point goes past it', 'expire past-window', {}, 169],
    ['of a point that is not known is judged by itself', 'expire past-window', { point: 'gone' }, 169],
    ['that is pinned stays', 'keep pinned', { pins: [pin()] }, 169],
    ['of a server without cover stays', 'blocked last-cover', { servers: ['/servers/bare'] }, 169],
  ])('%s', (_what, wanted, facts, age) => {
    expect(decide([cover, dump('d', age, facts)]).map(short)[1]).toBe(wanted);
  });
});

describe('a copy of a blob', () => {
  test.each<[string, string, Partial<CopyItem>, number]>([
    ['inside the window stays', 'keep inside-window', {}, 168],
    ['past it goes', 'expire past-window', {}, 168.001],
    ['whose blob is damaged stays', 'keep repair-source', { blobIsDamaged: true }, old],
    ['that is pinned stays', 'keep pinned', { pins: [pin()] }, old],
    ['that is an earlier version goes', 'expire past-window', { kind: 'blob-version' }, old],
    [
      'that is the current version never goes, whatever its date',
      'keep current-version',
      { kind: 'blob-version', isCurrent: true, completedAt: undefined },
      old,
    ],
    ['says current of a snapshot in vain', 'expire past-window', { isCurrent: true }, old],
  ])('%s', (_what, wanted, facts, age) => {
    expect(decide([copy('s', age, facts)]).map(short)).toEqual([wanted]);
  });
});

describe('a blob that nothing refers to', () => {
  test.each<[string, string, Partial<UnreferencedItem>, Partial<StoreFacts>]>([
    ['goes after two looks four hours apart and a day of grace', 'expire unreferenced', {}, {}],
    ['is reported only where deletion is off', 'keep reported-only', {}, { deletesUnreferenced: false }],
    ['stays while a retained point refers to it', 'keep referenced', { referencedBy: ['p'] }, {}],
    ['stays after no look', 'keep awaiting-mark', { marks: [] }, {}],
    ['stays after one look', 'keep awaiting-mark', { marks: [ago(99)] }, {}],
    ['stays after two looks too close', 'keep awaiting-mark', { marks: [ago(99), ago(95.001)] }, {}],
    [
      'goes after two looks exactly four hours apart',
      'expire unreferenced',
      { marks: [ago(99), ago(95)] },
      {},
    ],
    ['stays inside the grace', 'keep inside-grace', { marks: [ago(23.999), ago(1)] }, {}],
    ['goes at the end of the grace', 'expire unreferenced', { marks: [ago(24), ago(1)] }, {}],
    ['does not count a look of the future', 'keep awaiting-mark', { marks: [ago(30), ago(-1)] }, {}],
    ['that is pinned stays', 'keep pinned', { pins: [pin()] }, {}],
    ['modified inside the window stays', 'keep inside-window', { completedAt: ago(100) }, {}],
    ['stays where nothing could undo a mistake', 'blocked no-safety-net', {}, { hasSoftDelete: false }],
    [
      'goes where versions alone could undo it',
      'expire unreferenced',
      {},
      { hasSoftDelete: false, hasVersioning: true },
    ],
    ['stays while an inventory is unread', 'blocked inventory-unread', {}, { unreadInventories: ['p7'] }],
    [
      'stays while a server of its store has no cover',
      'blocked last-cover',
      {},
      { servers: ['/servers/bare'] },
    ],
    ['stays in a store that no server is known of', 'blocked last-cover', {}, { servers: [] }],
    ['of a store that is not known stays', 'blocked store-unknown', { store: 'other' }, {}],
  ])('%s', (_what, wanted, facts, ofStore) => {
    const decided = decide([cover, unreferenced('b', old, facts)], {}, {}, [store(ofStore)]);
    expect(short(decided[1]!)).toBe(wanted);
  });

  test('waits the whole window where any instant of it can be restored', () => {
    const by = store({ hasInstants: true });
    const blob = (hours: number): UnreferencedItem => unreferenced('b', old, { marks: [ago(hours), ago(1)] });
    expect(decide([cover, blob(167)], {}, {}, [by]).map(short)[1]).toBe('keep inside-grace');
    expect(decide([cover, blob(168)], {}, {}, [by]).map(short)[1]).toBe('expire unreferenced');
  });

  test('stays when there is no recovery point at all: then everything looks unreferenced', () => {
    expect(decide([unreferenced('b', old)]).map(short)).toEqual(['blocked last-cover']);
  });
});
