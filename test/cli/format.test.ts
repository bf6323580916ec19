/** Quantities and text layout of the command. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  age,
  bytes,
  displayWidth,
  duration,
  instantText,
  pad,
  paragraph,
  printable,
  secondsBetween,
  thousands,
  truncate,
  wrap,
} from '../../src/cli/format.ts';
import { table } from '../../src/cli/table.ts';

test.each([
  [0, '0 s'],
  [0.04, '0.0 s'],
  [0.8, '0.8 s'],
  [9.94, '9.9 s'],
  [9.96, '10 s'],
  [42.4, '42 s'],
  [59.6, '1 m 00 s'],
  [60, '1 m'],
  [255, '4 m 15 s'],
  [900, '15 m'],
  [900.4, '15 m 00 s'],
  [3599.6, '1 h 00 m'],
  [7380, '2 h 03 m'],
  [14_400, '4 h'],
  [86_400, '24 h'],
  [172_799, '2 d 00 h'],
  [604_800, '7 d'],
  [619_200, '7 d 04 h'],
  [-5, '-5 s'],
])('%d seconds are written %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test('an age is whole seconds and never negative', () => {
  expect(age(4.9)).toBe('4 s');
  expect(age(-3)).toBe('0 s');
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1_572_864, '1.5 MiB'],
  [1_048_575, '1.0 MiB'],
  [5 * 1024 ** 6, '5120.0 PiB'],
])('%d bytes are written %s', (count, text) => {
  expect(bytes(count)).toBe(text);
});

test('instants, spans and counts are written for a person', () => {
  expect(instantText('2026-03-01T01:30:42.999Z')).toBe('2026-03-01 01:30:42Z');
  expect(secondsBetween('2026-03-01T01:30:00.000Z', '2026-03-01T01:30:42.500Z')).toBe(42.5);
  expect(thousands(50_321)).toBe('50,321');
});

test('text from outside cannot act upon the terminal', () => {
  expect(printable('a\u001B[31mred\u001B[0m\u0007 b\r\nc\u202Ed\u009B2J')).toBe(
    'ared bcd'.replace('bc', 'b c'),
  );
});

test('widths are columns: wide characters take two, combining marks none', () => {
  expect(displayWidth('abc')).toBe(3);
  expect(displayWidth('日本')).toBe(4);
  expect(displayWidth('e\u0301')).toBe(1);
  expect(displayWidth('👩‍👩‍👧')).toBe(2);
  expect(pad('日', 4)).toBe('日  ');
  expect(pad('1', 3, 'right')).toBe('  1');
  expect(truncate('日本語', 5)).toBe('日本…');
  expect(truncate('abc', 3)).toBe('abc');
});

test('a paragraph is wrapped between words, and inside a word only when it must be', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('abcdefghij k', 4)).toEqual(['abcd', 'efgh', 'ij k']);
  expect(paragraph('- ', 'aaa bbb ccc ddd', 12)).toEqual(['- aaa bbb', '  ccc ddd']);
});

test('wrapped lines are never too wide and lose no text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 80 }),
      fc.integer({ min: 2, max: 40 }),
      (text, width) => {
        const lines = wrap(text, width);
        expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(printable(text).replaceAll(' ', ''));
      },
    ),
    { numRuns: 300 },
  );
});

test('a table that is too wide wraps the columns that may shrink', () => {
  const columns = [
    { header: 'NAME', shrink: true },
    { header: 'COUNT', align: 'right' as const },
  ];
  expect(table(columns, [['a name of several words', '7']], { width: 20 })).toEqual([
    'NAME           COUNT',
    'a name of          7',
    'several words',
  ]);
});

test('colour does not change what a table looks like', () => {
  const paint = (text: string): string => `\u001B[31m${text}\u001B[39m`;
  const [, row] = table([{ header: 'A' }, { header: 'B' }], [[{ text: 'x', paint }, 'y']], { width: 20 });
  expect(row).toBe('\u001B[31mx\u001B[39m  y');
});
