/** Whole logs: what must be there, what may be gone, and every way in which a log is not what its devices signed. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { ChangeSigner } from '../../../local/sample-estate/change-record.ts';
import {
  changeFindingsOfAKind,
  changeLogSummary,
  type ChangeRecordSource,
} from '../../../src/contracts/change-records.ts';
import type { ChangePayload } from '../../../src/policy/change-records.ts';
import { issueList, makeHierarchy, pemOf, signerOf } from './authority.ts';
import { hexOfContent, rowOf, signLog, sourceOf, verifyRows, type Change, type LogRow } from './log.ts';

let ours: Awaited<ReturnType<typeof makeHierarchy>>;
let source: ChangeRecordSource;
let signer: ChangeSigner;
let other: ChangeSigner;
let log: readonly LogRow[];

const changes: readonly Change[] = [
  { object: 'a', operation: 'create', content: 'one' },
  { object: 'b', operation: 'create', content: 'two' },
  { object: 'a', operation: 'update', content: 'three' },
  { object: 'copy of b', operation: 'create', content: 'two' },
  { object: 'a', operation: 'delete' },
  { object: 'b', operation: 'delete' },
  { object: 'c', operation: 'create', content: 'four' },
];

beforeAll(async () => {
  ours = await makeHierarchy();
  source = sourceOf([pemOf(ours.anchor)], ours.lists);
  signer = await signerOf(ours.devices[0], ours.intermediate);
  other = await signerOf(ours.devices[1], ours.intermediate);
  log = signLog(
    signer,
    changes.map((change, index) => (index % 2 === 0 ? change : { ...change, signer: other })),
  );
});

const kindsOf = async (...of: Parameters<typeof verifyRows>): Promise<string[]> =>
  (await verifyRows(...of)).summary.findings.map(({ sequence, kind }) => `${sequence} ${kind}`);
const statesOf = async (...of: Parameters<typeof verifyRows>): Promise<Record<string, string>> => {
  const { addresses } = await verifyRows(...of);
  const contents = Object.fromEntries(
    ['one', 'two', 'three', 'four', 'five'].map((name) => [hexOfContent(name), name]),
  );
  return Object.fromEntries(
    addresses.map(({ address, state }) => [contents[address.slice(7)] ?? address, state]),
  );
};
const headOf = async () => {
  const { head } = (await verifyRows(log, source)).summary;
  if (head === undefined) throw new Error('the log has no head');
  return head;
};
const change = (sequence: number, to: Partial<LogRow>): LogRow[] =>
  log.map((row) => (row.sequence === sequence ? { ...row, ...to } : row));
const without = (...sequences: number[]): LogRow[] => log.filter((row) => !sequences.includes(row.sequence));

describe('A log that devices signed', () => {
  it('is proven to its last record, and its summary is a document', async () => {
    const { summary } = await verifyRows(log, source);
    expect(changeLogSummary.parse(summary)).toEqual(summary);
    expect(summary).toMatchObject({
      ...{ records: 7, proven: 7, signaturesComputed: 7, revokedLater: 0, findings: [], counts: {} },
      head: { sequence: 7, hash: log[6]?.hash, clean: true },
      addresses: { live: 2, unproven: 0, withheld: 0, deleted: 2 },
    });
    expect(summary.revocationLists.map(({ state }) => state)).toEqual(['usable', 'usable']);
  });

  it('says which addresses must be there and since when the others may be gone, in order', async () => {
    expect(await statesOf(log, source)).toEqual({
      one: 'deleted',
      three: 'deleted',
      two: 'live',
      four: 'live',
    });
    const { addresses } = await verifyRows(log, source);
    expect(addresses.map(({ address }) => address)).toEqual(
      addresses.map(({ address }) => address).toSorted(),
    );
    const one = addresses.find(({ address }) => address === `sha256-${hexOfContent('one')}`);
    expect(one?.deletedAt?.toISOString()).toBe(log[4]?.at);
  });

  it('gives the same in a few bytes of memory as in many', async () => {
    const { addresses } = await verifyRows(log, source);
    const tight = await verifyRows(log, source, { sortLimits: { bufferBytes: 300, readBytes: 100 } });
    expect(tight.addresses).toEqual(addresses);
  });

  it('of no records has no head', async () => {
    expect((await verifyRows([], source)).summary).toMatchObject({ records: 0, findings: [] });
    expect((await verifyRows([], source)).summary.head).toBeUndefined();
  });

  it('gives the same in portions as at once', async () => {
    const long = signLog(
      signer,
      Array.from({ length: 700 }, (_, n): Change => ({ object: `object ${n}`, operation: 'create' })),
    );
    const forged = long.map((row) => (row.sequence === 300 ? { ...row, jws: `${row.jws}x` } : row));
    for (const rows of [long, forged, [...forged, ...forged.slice(254, 258)]]) {
      const whole = await verifyRows(rows, source);
      expect(await verifyRows(rows, source, {}, 1)).toEqual(whole);
      expect(whole.summary.records).toBe(rows.length);
      const { head } = (await verifyRows(long.slice(0, 400), source)).summary;
      const more = { earlierHead: head, signatures: 'new' as const };
      expect(await verifyRows(rows, source, more, 1)).toEqual(await verifyRows(rows, source, more));
    }
  });
});

describe('The order of a log', () => {
  it('shows a removed record, and lets nothing go while it is missing', async () => {
    expect(await kindsOf(without(4), source)).toEqual(['5 sequence-gap']);
    expect(await kindsOf(without(1, 2), source)).toContain('3 sequence-gap');
    expect(await statesOf(without(4), source)).toMatchObject({
      one: 'live',
      two: 'withheld',
      four: 'live',
    });
  });

  it('shows removed records although the rest was numbered anew', async () => {
    const renumbered = without(4).map((row, index) => ({ ...row, sequence: index + 1 }));
    expect(await kindsOf(renumbered, source)).toEqual(
      expect.arrayContaining(['4 broken-link', '4 row-differs', '5 row-differs', '6 row-differs']),
    );
  });

  it('shows records that changed places', async () => {
    const [third, fourth] = [log[2]?.jws ?? '', log[3]?.jws ?? ''];
    const swapped = log.map((row) => ({ ...row, jws: { 3: fourth, 4: third }[row.sequence] ?? row.jws }));
    expect(await kindsOf(swapped, source)).toEqual(
      expect.arrayContaining(['3 broken-link', '3 row-differs', '4 broken-link', '5 broken-link']),
    );
  });

  it('shows a sequence that is there twice, the same record or another', async () => {
    const again = log[2] as LogRow;
    expect(await kindsOf([...log, again], source)).toEqual(['3 sequence-duplicate']);
    const fork = signLog(other, [{ object: 'd', operation: 'create', content: 'five' }], log.slice(0, 6));
    const forked = [...log, fork[6] as LogRow];
    expect(await kindsOf(forked, source)).toEqual(['7 sequence-duplicate']);
    expect(await statesOf(forked, source)).toMatchObject({ five: 'unproven' });
  });

  it('shows a row without a sequence and one before the first', async () => {
    const first = log[0] as LogRow;
    expect(await kindsOf([...log, { ...first, sequence: 0 }], source)).toContain('0 malformed');
    expect(await kindsOf([...log, { ...first, sequence: Number.NaN }], source)).toContain('1 malformed');
  });

  it('shows a record of another system’s log, trusted or not', async () => {
    const theirs = await makeHierarchy();
    const foreign = signLog(await signerOf(theirs.devices[0], theirs.intermediate), changes);
    const mixed = change(3, foreign[2] as LogRow);
    expect(await kindsOf(mixed, source)).toEqual(['3 untrusted-chain', '3 broken-link', '4 broken-link']);
    const trusting = sourceOf([pemOf(ours.anchor), pemOf(theirs.anchor)], [...ours.lists, ...theirs.lists]);
    expect(await kindsOf(mixed, trusting)).toEqual(['3 broken-link', '4 broken-link']);
  });
});

describe('What an earlier verification saw', () => {
  it('must be there still: a cut tail is truncated', async () => {
    const earlierHead = await headOf();
    expect(await kindsOf(without(6, 7), source)).toEqual([]);
    expect(await kindsOf(without(6, 7), source, { earlierHead })).toEqual(['5 truncated']);
    expect(await kindsOf([], source, { earlierHead })).toEqual(['0 truncated']);
  });

  it('must be the same: a tail that was signed anew is rewritten', async () => {
    const earlierHead = await headOf();
    const fork = signLog(
      signer,
      [{ object: 'b', operation: 'delete' }, ...changes.slice(6)],
      log.slice(0, 5),
    );
    expect(await kindsOf(fork, source)).toEqual([]);
    for (const signatures of ['all', 'new'] as const)
      expect(await kindsOf(fork, source, { earlierHead, signatures })).toEqual(['7 rewritten']);
  });

  it('binds the texts before it, so that only new signatures are computed', async () => {
    const more = signLog(signer, [{ object: 'd', operation: 'create', content: 'five' }], log);
    const order = { earlierHead: await headOf(), signatures: 'new' } as const;
    const { summary } = await verifyRows(more, source, order);
    expect(summary).toMatchObject({ records: 8, proven: 8, signaturesComputed: 1, findings: [] });
    expect(await statesOf(more, source, order)).toEqual(await statesOf(more, source));
  });

  it('saves no signature where it was not clean, or where its hash does not bind', async () => {
    const earlierHead = await headOf();
    const dirty = { earlierHead: { ...earlierHead, clean: false }, signatures: 'new' } as const;
    expect((await verifyRows(log, source, dirty)).summary.signaturesComputed).toBe(7);
    const forged = change(2, { jws: `${log[1]?.jws?.slice(0, -8)}AAAAAAAA` });
    const order = { earlierHead, signatures: 'new' } as const;
    expect(await kindsOf(forged, source, order)).toEqual(await kindsOf(forged, source, { earlierHead }));
    expect(await kindsOf(forged, source, order)).toContain('2 bad-signature');
  });
});

describe('A record that is not proven', () => {
  const forged = () => change(5, { jws: `${log[4]?.jws?.slice(0, -8)}AAAAAAAA` });

  it('deletes nothing', async () => {
    expect(await kindsOf(forged(), source)).toContain('5 bad-signature');
    expect(await statesOf(forged(), source)).toMatchObject({ one: 'live', three: 'live' });
  });

  it('is expected all the same if it creates', async () => {
    const rows = change(7, { jws: `${log[6]?.jws?.slice(0, -8)}AAAAAAAA` });
    expect(await statesOf(rows, source)).toMatchObject({ four: 'unproven', one: 'withheld' });
  });

  it('is what nobody can rule out to be revoked: everything stays', async () => {
    const { summary } = await verifyRows(log, { ...source, revocationLists: [ours.lists[0]] });
    expect(summary).toMatchObject({ proven: 0, counts: { 'revocation-unknown': 7 } });
    expect(summary.addresses).toEqual({ live: 0, unproven: 4, withheld: 0, deleted: 0 });
  });

  it('is a row that says something else than its record, in any column', async () => {
    const different: readonly Partial<LogRow>[] = [
      ...[
        { object: 'z' },
        { operation: 'update' },
        { at: '2026-03-01T05:00:01Z' },
        { hash: 'ab'.repeat(32) },
      ],
    ];
    for (const one of different) expect(await kindsOf(change(5, one), source)).toEqual(['5 row-differs']);
    expect(await statesOf(change(5, { object: 'z' }), source)).toMatchObject({ one: 'live', three: 'live' });
  });

  it('is one without text', async () => {
    expect(await kindsOf(change(7, { jws: null }), source)).toEqual(['7 unsigned']);
  });

  it('is one of a device that dated it back behind its revocation', async () => {
    const [device] = ours.devices;
    const revoked = await issueList(ours.intermediate, {
      revoked: [{ of: device, at: '2026-03-01T07:30:00Z' }],
    });
    const lists = { ...source, revocationLists: [ours.lists[0], revoked] };
    expect((await verifyRows(log, lists)).summary).toMatchObject({ proven: 7, revokedLater: 4 });
    const later = signLog(other, [{ object: 'd', operation: 'create' }], log);
    const back: Change = { object: 'd', operation: 'delete', at: '2026-03-01T07:00:00Z' };
    expect(await kindsOf(signLog(signer, [back], later), lists)).toEqual(['9 revoked']);
  });

  it('is counted to the last, while few are kept', async () => {
    const many = signLog(
      signer,
      Array.from({ length: 30 }, (_, index) => ({ object: `o${index}`, operation: 'create' })),
    );
    const { summary } = await verifyRows(
      many.map((row) => ({ ...row, operation: 'update' })),
      source,
    );
    expect(summary.counts).toEqual({ 'row-differs': 30 });
    expect(summary.findings).toHaveLength(changeFindingsOfAKind);
  });
});

describe('The operations of an object', () => {
  const orderOf = (...steps: readonly (readonly [string, Change['operation']])[]) =>
    kindsOf(
      signLog(
        signer,
        steps.map(([object, operation]) => ({ object, operation })),
      ),
      source,
    );

  it('begin with a create, end with a delete, and repeat neither', async () => {
    expect(await orderOf(['a', 'create'], ['a', 'update'], ['a', 'update'], ['a', 'delete'])).toEqual([]);
    expect(await orderOf(['a', 'update'])).toEqual(['1 wrong-operation']);
    expect(await orderOf(['a', 'delete'])).toEqual(['1 wrong-operation']);
    expect(await orderOf(['a', 'create'], ['a', 'create'])).toEqual(['2 wrong-operation']);
    expect(await orderOf(['a', 'create'], ['a', 'delete'], ['a', 'update'])).toEqual(['3 wrong-operation']);
    expect(await orderOf(['a', 'create'], ['a', 'delete'], ['a', 'delete'])).toEqual(['3 wrong-operation']);
  });

  it('keep the address of what came back after a delete', async () => {
    const rows = signLog(signer, [
      { object: 'a', operation: 'create', content: 'one' },
      { object: 'a', operation: 'delete' },
      { object: 'a', operation: 'update', content: 'two' },
    ]);
    expect(await statesOf(rows, source)).toEqual({ one: 'deleted', two: 'live' });
  });

  it('name an object no further than needed', async () => {
    const { summary } = await verifyRows(
      signLog(signer, [{ object: 'x'.repeat(200), operation: 'update' }]),
      source,
    );
    expect(summary.findings[0]?.what).toBe(`updates an object that no record creates (${'x'.repeat(40)})`);
  });
});

it('A log whose payload repeats another record’s sequence is no log', async () => {
  const jws = signer.sign({ ...basePayload, sequence: 9 });
  expect(await kindsOf([{ ...rowOf({ ...basePayload, sequence: 9 }, jws), sequence: 1 }], source)).toEqual([
    '1 row-differs',
  ]);
});

const basePayload: ChangePayload = {
  ...{ sequence: 1, object: 'a', operation: 'create', address: 'ab'.repeat(32), size: 5 },
  ...{ at: '2026-03-01T00:00:00.000Z', previous: null },
};
