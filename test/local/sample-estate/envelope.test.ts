import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  createRecipientKeys,
  envelopeOverheadBytes,
  openEnvelope,
  sealEnvelope,
} from '../../../local/sample-estate/envelope.ts';
import { Random } from '../../../local/sample-estate/random.ts';

const recipient = createRecipientKeys(randomBytes);
const plaintext = Buffer.from('margin of the preparation, distal side');

describe('A sealed envelope', () => {
  test('gives the plaintext back to the holder of the private key', () => {
    const envelope = sealEnvelope(plaintext, recipient.publicKey, randomBytes);
    expect(envelope.length).toBe(plaintext.length + envelopeOverheadBytes);
    expect(envelope.subarray(0, 5)).toEqual(Buffer.from('DSEV\x01', 'latin1'));
    expect(envelope.includes(plaintext)).toBe(false);
    expect(openEnvelope(envelope, recipient)).toEqual(plaintext);
  });

  test('stays closed to another key', () => {
    const envelope = sealEnvelope(plaintext, recipient.publicKey, randomBytes);
    expect(() => openEnvelope(envelope, createRecipientKeys(randomBytes))).toThrow(
      'sealed for somebody else',
    );
  });

  test('stays closed after any of its bytes was changed or it was cut', () => {
    const envelope = sealEnvelope(plaintext, recipient.publicKey, randomBytes);
    for (let index = 0; index < envelope.length; index++) {
      const altered = Buffer.from(envelope);
      altered[index] = (altered[index] as number) ^ 1;
      expect(() => openEnvelope(altered, recipient), `byte ${index}`).toThrow(
        /does not open|not a sealed envelope/,
      );
    }
    expect(() => openEnvelope(envelope.subarray(0, -1), recipient)).toThrow('does not open');
    expect(() => openEnvelope(Buffer.alloc(40), recipient)).toThrow('not a sealed envelope');
  });

  test('follows from a seed and is never the same twice from real randomness', () => {
    const seeded = () => {
      const random = new Random('envelope');
      return sealEnvelope(plaintext, recipient.publicKey, (length) => random.bytes(length));
    };
    expect(seeded()).toEqual(seeded());
    const real = () => sealEnvelope(plaintext, recipient.publicKey, randomBytes);
    expect(real()).not.toEqual(real());
  });
});
