/**
 * Random logs with one random change to them: the change is always found, and it never lets an address go that the
 * log as it was signed keeps.
 */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import type { ChangeSigner } from '../../../local/sample-estate/change-record.ts';
import type { ChangeLogHead, ChangeRecordSource } from '../../../src/contracts/change-records.ts';
import { budget } from '../../budget.ts';
import { makeHierarchy, pemOf, signerOf } from './authority.ts';
import { signLog, sourceOf, verifyRows, type Change, type LogRow } from './log.ts';

let source: ChangeRecordSource;
let signers: readonly ChangeSigner[];

beforeAll(async () => {
  const { anchor, intermediate, devices, lists } = await makeHierarchy();
  source = sourceOf([pemOf(anchor)], lists);
  signers = await Promise.all(devices.map((device) => signerOf(device, intermediate)));
});

const signerAt = (index: number): ChangeSigner => signers[index % signers.length] as ChangeSigner;

/** Steps over a few objects and contents; each becomes an operation that is in order for its object. */
const steps = fc.array(
  fc.record({ object: fc.nat(3), content: fc.nat(4), deletes: fc.boolean(), device: fc.nat(1) }),
  { minLength: 3, maxLength: 9 },
);

function inOrder(drawn: typeof steps extends fc.Arbitrary<infer T> ? T : never): Change[] {
  const lives = new Map<number, number>();
  const isThere = new Set<number>();
  return drawn.map(({ object, content, deletes, device }) => {
    const signer = signerAt(device);
    const name = `${object}.${lives.get(object) ?? 0}`;
    if (isThere.has(object) && deletes) {
      isThere.delete(object);
      lives.set(object, (lives.get(object) ?? 0) + 1); // What comes back is another object.
      return { object: name, operation: 'delete', signer };
    }
    const operation = isThere.has(object) ? 'update' : 'create';
    isThere.add(object);
    return { object: name, operation, content: `content ${content}`, signer };
  });
}

type Mutation = (rows: readonly LogRow[], at: number, bit: number) => LogRow[];

const replaced = (rows: readonly LogRow[], at: number, change: Partial<LogRow>): LogRow[] =>
  rows.map((row, index) => (index === at ? { ...row, ...change } : row));

const mutations: Readonly<Record<string, Mutation>> = {
  'a flipped bit': (rows, at, bit) => {
    const bytes = Buffer.from(rows[at]?.jws ?? '', 'latin1');
    const place = bit % (bytes.length * 8);
    bytes.writeUInt8(bytes.readUInt8(place >> 3) ^ (1 << (place & 7)), place >> 3);
    return replaced(rows, at, { jws: bytes.toString('latin1') });
  },
  'a cut text': (rows, at, bit) => {
    const text = rows[at]?.jws ?? '';
    return replaced(rows, at, { jws: text.slice(0, bit % text.length) });
  },
  'no text': (rows, at) => replaced(rows, at, { jws: null }),
  'a removed record': (rows, at) => rows.filter((_, index) => index !== at),
  'a removed record, numbered anew': (rows, at) =>
    rows.filter((_, index) => index !== at).map((row, index) => ({ ...row, sequence: index + 1 })),
  'a cut tail': (rows, at) => rows.slice(0, at),
  'a repeated record': (rows, at) => [...rows, rows[at] as LogRow],
  'a repeated record, numbered anew': (rows, at) =>
    rows.toSpliced(at, 0, rows[at] as LogRow).map((row, index) => ({ ...row, sequence: index + 1 })),
  'two records exchanged': (rows, at) => {
    const other = (at + 1) % rows.length;
    const [one, two] = [rows[at], rows[other]] as [LogRow, LogRow];
    return replaced(replaced(rows, at, { ...two, sequence: one.sequence }), other, {
      ...one,
      sequence: two.sequence,
    });
  },
  'a tail signed anew': (rows, at, bit) => {
    const extra = Array.from({ length: rows.length - at }, (_, index): Change => {
      return { object: `new ${index}`, operation: 'create', signer: signerAt(bit) };
    });
    return signLog(signerAt(bit), extra, rows.slice(0, at));
  },
  'another object in the row': (rows, at) => replaced(rows, at, { object: 'other' }),
  'another time in the row': (rows, at) => replaced(rows, at, { at: '2020-01-01T00:00:00Z' }),
  'another hash in the row': (rows, at) => replaced(rows, at, { hash: '00'.repeat(32) }),
};

it.each(Object.keys(mutations))(
  '%s is always found, and lets nothing go that the log keeps',
  async (name) => {
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), fc.nat(), fc.boolean(), async (drawn, place, bit, isNew) => {
        const rows = signLog(signerAt(0), inOrder(drawn));
        const { summary, addresses } = await verifyRows(rows, source);
        expect(summary.findings).toEqual([]);
        const gone = new Set(addresses.flatMap((one) => (one.state === 'deleted' ? [one.address] : [])));

        const changed = mutations[name]?.(rows, place % rows.length, bit) ?? rows;
        const earlierHead = summary.head as ChangeLogHead;
        const found = await verifyRows(changed, source, { earlierHead, signatures: isNew ? 'new' : 'all' });
        expect(found.summary.findings).not.toEqual([]);
        const letGo = found.addresses
          .filter(({ state }) => state === 'deleted')
          .map(({ address }) => address);
        expect(letGo.filter((address) => !gone.has(address))).toEqual([]);
      }),
      { numRuns: Math.ceil(budget.policyProperties / 60) },
    );
  },
);
