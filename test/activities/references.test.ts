import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readReferences, type FoundReference } from '../../src/activities/references.ts';
import type { BlobReference, EstateBlobStore } from '../../src/contracts/estate.ts';
import { digestCode, encodeDigest, hashAlgorithms } from '../../src/policy/address-encoding.ts';
import {
  addressFromColumn,
  addressFromDigest,
  columnEncodings,
  hexLengthOf,
  type ColumnEncoding,
  type ContentAddress,
  type HashAlgorithm,
} from '../../src/policy/content-address.ts';
import type { DatabaseAddress } from '../../src/ports/database.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';

const digest = (algorithm: HashAlgorithm, n: number): Uint8Array =>
  createHash('shake256', { outputLength: hexLengthOf(algorithm) / 2 })
    .update(String(n))
    .digest();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** How a value is written in a column of an encoding. */
function written(algorithm: HashAlgorithm, encoding: ColumnEncoding, bytes: Uint8Array): string {
  if (encoding === 'hex') return hex(bytes);
  if (encoding === 'bytea') return `\\x${hex(bytes)}`;
  if (encoding === 'prefixed') return `${algorithm}:${hex(bytes)}`;
  return encodeDigest(digestCode(algorithm, encoding), bytes);
}

let postgres: TestPostgres;
let at: DatabaseAddress;

beforeAll(async () => {
  postgres = await startPostgres();
  at = await postgres.create('shop', 'CREATE TABLE public.item (address text, raw bytea)');
}, 60_000);
afterAll(() => postgres?.stop());

/** What is found where the column holds these values. */
async function found(
  algorithm: HashAlgorithm,
  encoding: ColumnEncoding,
  values: readonly (string | null)[],
): Promise<FoundReference[]> {
  const column = encoding === 'bytea' ? 'raw' : 'address';
  const client = await postgres.connect('shop');
  await client.query('TRUNCATE public.item');
  for (const value of values) await client.query(`INSERT INTO public.item (${column}) VALUES ($1)`, [value]);
  const reference: BlobReference = { database: 'shop', table: 'public.item', column, encoding };
  const store = { algorithm, references: [reference] } as unknown as EstateBlobStore;
  const all: FoundReference[] = [];
  await postgres.databases.withSession(at, async (session) => {
    await session.query('BEGIN');
    for await (const one of readReferences(session, store, 'shop')) all.push(one);
    await session.query('COMMIT');
  });
  return all;
}

describe.each([...columnEncodings])('addresses in a column of %s', (encoding) => {
  test.each([...hashAlgorithms])(
    'of %s are distinct and in the order of their digests',
    async (algorithm) => {
      const zeros = new Uint8Array(hexLengthOf(algorithm) / 2);
      const digests = [
        zeros,
        zeros.slice().fill(255),
        ...Array.from({ length: 60 }, (_, n) => digest(algorithm, n)),
      ];
      const values = digests.map((bytes) => written(algorithm, encoding, bytes));
      const sorted = digests.map((bytes): ContentAddress => addressFromDigest(algorithm, bytes)).toSorted();
      expect(await found(algorithm, encoding, [...values, null, ...values.slice(0, 9)])).toEqual(
        sorted.map((address) => ({ address })),
      );
      const texts = encoding === 'bytea' ? digests.map(hex) : values;
      expect(texts.map((value) => addressFromColumn(algorithm, encoding, value)).toSorted()).toEqual(sorted);
    },
  );
});

const [bytes] = [digest('sha256', 1)];
const cid = encodeDigest(digestCode('sha256', 'cid'), bytes);
const base32 = encodeDigest(digestCode('sha256', 'base32'), bytes);

describe('a value that is no address of its column', () => {
  test.each<[ColumnEncoding, string]>([
    ['hex', 'nothing'],
    ['prefixed', `sha512:${hex(bytes)}`],
    ['base32', hex(bytes)],
    ['base32', `${base32}====`],
    ['base32', `${base32.slice(0, -1)}B`],
    ['base64url', hex(bytes)],
    ['base64url', `${Buffer.from(bytes).toString('base64url').slice(0, -1)}B`],
    ['base64url', Buffer.from(bytes).toString('base64')],
    ['base64url', ''],
    ['cid', cid.replace('bafkrei', 'bafybei')],
    ['cid', cid.toUpperCase()],
    ['cid', `${cid}\n`],
    ['multihash', hex(bytes)],
    ['multihash', `1340${hex(bytes)}`],
    ['cid', 'é'.repeat(300)],
  ])('of %s is passed on as it is: %j', async (encoding, value) => {
    const good = written('sha256', encoding, bytes);
    const all = await found('sha256', encoding, [value, good]);
    const shown = encoding === 'prefixed' ? value.toLowerCase() : value.slice(0, 100);
    expect(all).toHaveLength(2);
    expect(all).toContainEqual({ noAddress: shown });
    expect(all).toContainEqual({ address: addressFromDigest('sha256', bytes) });
    expect(() => addressFromColumn('sha256', encoding, value)).toThrow('no such digest');
  });
});

test('base32 and multihashes may be in upper or in lower case', async () => {
  const address = addressFromDigest('sha256', bytes);
  expect(await found('sha256', 'base32', [base32, base32.toLowerCase()])).toEqual([{ address }]);
  expect(
    await found('sha256', 'multihash', [`1220${hex(bytes)}`, `1220${hex(bytes).toUpperCase()}`]),
  ).toEqual([{ address }]);
});
