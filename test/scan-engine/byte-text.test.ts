import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FixedText, SoughtText } from '../../src/scan-engine/byte-text.ts';

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
/** Texts of few letters, which nearly fit at many places. */
const texts = (minLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom('a', 'b', '>'), minLength, maxLength: 40 });

test('a fixed text is seen where it stands and nowhere else', () => {
  fc.assert(
    fc.property(
      texts(4),
      texts(0),
      fc.nat(),
      fc.constantFrom('a', 'b', 'c'),
      (text, around, place, other) => {
        const bytes = Buffer.from(around + text);
        expect(new FixedText(text).isAt(viewOf(bytes), around.length)).toBe(true);
        const changed = around.length + (place % text.length);
        bytes.write(other, changed, 'latin1');
        const isSame = bytes.toString('latin1', around.length) === text;
        expect(new FixedText(text).isAt(viewOf(bytes), around.length)).toBe(isSame);
      },
    ),
  );
});

test('a text is found where it stands first, between two places', () => {
  fc.assert(
    fc.property(texts(1), texts(0), fc.nat(10), fc.nat(45), (text, within, from, to) => {
      const cut = within.slice(0, to);
      const found = cut.indexOf(text.slice(0, 4), from);
      const sought = new SoughtText(text.slice(0, 4));
      expect(sought.endIn(Buffer.from(within), from, cut.length)).toBe(
        found < 0 ? -1 : found + Math.min(4, text.length),
      );
    }),
  );
});
