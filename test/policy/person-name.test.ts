/** Readable names: what a token may call somebody, made harmless, and shown beside the id. */
import { expect, test } from 'vitest';
import { holdDocument } from '../../src/contracts/holds.ts';
import { longestName, personText, readableName } from '../../src/policy/person-name.ts';

test.each<[string | undefined, string | undefined]>([
  ['Jane Doe', 'Jane Doe'],
  ['  Jane \t\n Doe ', 'Jane Doe'],
  ['Jane\u001b[31m\u202e\u200bDoe', 'Jane [31m Doe'],
  ['Head (7b0f@72f9)', 'Head [7b0f@72f9]'],
  ['\u0000\u2028', undefined],
  ['', undefined],
  [undefined, undefined],
])('%j is kept as %j', (given, kept) => {
  expect(readableName(given)).toBe(kept);
});

test('a name is bounded, by whole characters', () => {
  expect(readableName('x'.repeat(5_000))).toHaveLength(longestName);
  expect(readableName('😀'.repeat(500))).toBe('😀'.repeat(longestName));
});

test('the id stands behind the name, and alone where there is none', () => {
  expect(personText('a@b', 'Jane Doe')).toBe('Jane Doe (a@b)');
  expect(personText('a@b', undefined)).toBe('a@b');
});

test('a document from before there were names reads, and a name that is none is left out', () => {
  const hold = {
    ...{ schema: 'lifeboat/hold/v1', id: 'hold-20260301T013000Z', system: 'lms', region: 'eastus' },
    ...{ what: { everything: true }, reason: 'x', by: 'a@b', setAt: '2026-03-01T01:30:00.000Z' },
  };
  expect(holdDocument.parse(hold)).toMatchObject({ by: 'a@b' });
  expect(holdDocument.parse({ ...hold, byName: 'Jane\nDoe' }).byName).toBeUndefined();
});
