import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressFromHex,
  blobNameFor,
  hashAlgorithms,
  problemsOfLayout,
  type AddressLayout,
  type ContentAddress,
} from '../../src/policy/content-address.ts';
import { isOfShard, namePrefixOf, prefixOfShard, shardNames } from '../../src/policy/shards.ts';
import { budget } from '../budget.ts';

/** Usual layouts, and such as nobody would write and the estate file yet lets in. */
const templates = [
  '{digest}',
  'sha256/{0:2}/{2:4}/{digest}',
  '{0:2}/{digest}',
  '{0:1}/{digest}',
  '{0:1}{1:3}/{digest}.bin',
  'a/{digest}',
  'a{digest}a',
  '0123456789abcdef/{0:4}/{digest}',
  '{2:4}/{digest}',
  '{1:2}/{0:1}/{digest}',
  '{60:70}/{digest}',
  '{200:202}/{digest}',
  '{4:8}{digest}{0:2}',
  'Ünïcode ☂/{0:2}/{digest}',
  '../{0:2}/%2F{digest}',
  '{0:2}/{0:2}/{digest}/{digest}',
];
const layouts = templates.flatMap((template) =>
  hashAlgorithms.map((algorithm): AddressLayout => ({ template, algorithm })),
);

const addressOf = (layout: AddressLayout, content: string): ContentAddress =>
  addressFromHex(layout.algorithm, createHash(layout.algorithm).update(content).digest('hex'))!;
const shardsOf = (layout: AddressLayout, name: string): string[] =>
  shardNames.filter((shard) => isOfShard(layout, shard, name));

describe('the layouts of this test', () => {
  test.each(templates)('%s is one that the estate file lets in', (template) => {
    expect(problemsOfLayout(template)).toEqual([]);
  });
});

describe.each(layouts)('in the layout $template of $algorithm', (layout) => {
  test('every address has one shard that is listed by its prefix, and it is never the stray one', () => {
    fc.assert(
      fc.property(fc.string(), (content) => {
        const name = blobNameFor(layout, addressOf(layout, content));
        const [shard, ...others] = shardsOf(layout, name);
        expect(others).toEqual([]);
        expect(shard).not.toBe('stray');
        expect(name.startsWith(prefixOfShard(layout, shard as 'a'))).toBe(true);
      }),
      { numRuns: Math.ceil(budget.policyProperties / 20) },
    );
  });

  test('the addresses are spread over all sixteen', () => {
    const shards = new Set(
      Array.from(
        { length: 160 },
        (_, n) => shardsOf(layout, blobNameFor(layout, addressOf(layout, `${n}`)))[0],
      ),
    );
    expect(shards.size).toBe(16);
  });

  test('any other name has one shard as well', () => {
    const pieces = fc.constantFrom(
      'a',
      '0',
      '/',
      '..',
      '%2F',
      'f0',
      'G',
      'é',
      'e\u0301',
      '☂',
      '\u{1F600}',
      '\u0000',
    );
    const literal = layout.template.split('{')[0] ?? '';
    const names = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 1_024 }),
      fc.array(pieces, { maxLength: 20 }).map((some) => some.join('')),
      fc.array(pieces, { maxLength: 6 }).map((some) => literal + some.join('')),
      fc.string().map((content) => blobNameFor(layout, addressOf(layout, content)).slice(0, -3)),
      fc.string().map((content) => blobNameFor(layout, addressOf(layout, content)).toUpperCase()),
    );
    fc.assert(
      fc.property(names, (name) => {
        expect(shardsOf(layout, name)).toHaveLength(1);
      }),
      { numRuns: Math.ceil(budget.policyProperties / 20) },
    );
  });
});

describe('the prefix of a shard', () => {
  test.each([
    ['{digest}', 'a', 'a'],
    ['sha256/{0:2}/{digest}', 'a', 'sha256/a'],
    ['{0:1}/{digest}', 'a', 'a/a'],
    ['{0:2}/{2:4}/{digest}', 'abc', 'ab/c'],
    ['{0:2}/{2:4}/{digest}', 'abcd', 'ab/cd/abcd'],
    ['{2:4}/{digest}', 'a', 'a'],
    ['x/{2:4}/{digest}', 'ab', 'x/ab/'],
  ])('of %s with the digits %s is %s: as much of the name as they settle', (template, digits, prefix) => {
    expect(namePrefixOf({ template, algorithm: 'sha256' }, digits)).toBe(prefix);
  });

  test('of the stray one is empty: the whole store is looked through for it', () => {
    expect(prefixOfShard({ template: 'x/{digest}', algorithm: 'sha256' }, 'stray')).toBe('');
  });
});
