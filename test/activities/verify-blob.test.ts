import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { verifyBlob, type VerifiedBlob } from '../../src/activities/verify-blob.ts';
import {
  addressFromDigest,
  addressFromHex,
  hashAlgorithms,
  type HashAlgorithm,
} from '../../src/policy/content-address.ts';
import { loadHashers } from '../../src/scan-engine/hasher.ts';
import { Failure } from '../../src/policy/failure.ts';
import type { BlobContent, ContentStores } from '../../src/ports/content-store.ts';

type Reading = (version: string | undefined) => BlobContent | undefined;
const content = 'the content';
const store = { account: 'https://files.blob.example', container: 'files' };
const listed = { size: content.length, version: 'v1' };

const sends =
  (text: string, size = text.length): Reading =>
  () => ({ size, stream: Readable.from([Buffer.from(text.slice(0, 4)), Buffer.from(text.slice(4))]) });
const right = sends(content);
const flipped = sends('the Content');
const absent: Reading = () => undefined;
const throws =
  (error: Error): Reading =>
  () => {
    throw error;
  };
const changed = throws(new Failure('conflict', 'of another version', 'Read it again.'));
const silent = throws(new Failure('unavailable', 'no answer', 'It passes.'));
const breaksOff: Reading = () => ({
  size: content.length,
  stream: Readable.from(
    (async function* () {
      yield Buffer.from('the');
      throw new Error('the connection was reset');
    })(),
  ),
});

interface Verified {
  readonly result: VerifiedBlob;
  /** The version that each reading asked for. */
  readonly asked: (string | undefined)[];
}

/** Verifies a blob whose readings are scripted; one more than scripted is an error of the test. */
async function verify(
  readings: readonly Reading[],
  of: typeof listed | undefined = listed,
): Promise<Verified> {
  const asked: (string | undefined)[] = [];
  const contents: Pick<ContentStores, 'open'> = {
    async open(_store, _name, version) {
      asked.push(version);
      const reading = readings[asked.length - 1];
      if (reading === undefined) throw new Error('nobody scripted this reading');
      return reading(version);
    },
  };
  const address = addressFromHex('sha256', createHash('sha256').update(content).digest('hex'))!;
  const result = await verifyBlob(contents, store, 'name', address, of);
  return { result, asked };
}

describe('a blob', () => {
  test('that is right is read once, in the version that was listed', async () => {
    expect(await verify([right])).toEqual({
      result: { verdict: 'ok', bytes: content.length, detail: '' },
      asked: ['v1'],
    });
  });

  test('that is absent is missing, and not asked for twice', async () => {
    expect(await verify([absent])).toMatchObject({ result: { verdict: 'missing', bytes: 0 }, asked: ['v1'] });
  });

  test.each<[string, Reading, string, RegExp]>([
    ['hashes to something else', flipped, 'digest-mismatch', /^its content hashes to [0-9a-f]{64}$/],
    ['ends early', sends('the', content.length), 'wrong-size', /^3 bytes came, 11 were announced$/],
    ['is longer than it says', sends(`${content}!`, content.length), 'wrong-size', /^12 bytes came/],
    [
      'is of another size than was listed',
      sends('the contents!'),
      'wrong-size',
      /13 bytes came, 11 were announced/,
    ],
    ['cannot be opened', silent, 'unreadable', /^no answer$/],
    ['breaks off', breaksOff, 'unreadable', /^the connection was reset$/],
  ])(
    'that %s is read again before it is called so, and is so the second time',
    async (_how, reading, verdict, detail) => {
      const { result, asked } = await verify([reading, reading]);
      expect(result).toMatchObject({ verdict, detail: expect.stringMatching(detail) as string });
      expect(asked).toEqual(['v1', 'v1']);
      const { result: once } = await verify([reading, right]);
      expect(once.verdict).toBe('transient');
      expect(once.detail).toContain(`the first reading was ${verdict}`);
      expect(once.bytes).toBe(content.length);
    },
  );

  test('that is wrong in two ways is what the second reading says', async () => {
    expect((await verify([silent, flipped])).result.verdict).toBe('digest-mismatch');
    expect((await verify([flipped, silent])).result.verdict).toBe('unreadable');
    expect((await verify([flipped, absent])).result.verdict).toBe('missing');
  });
});

describe('a blob that changed since it was listed', () => {
  test('is judged in the version that it has now', async () => {
    expect(await verify([changed, right])).toMatchObject({
      result: { verdict: 'ok' },
      asked: ['v1', undefined],
    });
    expect(await verify([changed, absent])).toMatchObject({ result: { verdict: 'missing' } });
  });

  test('may be of another size than was listed', async () => {
    expect(await verify([changed, right], { size: 3, version: 'v1' })).toMatchObject({
      result: { verdict: 'ok' },
    });
  });

  test('is called damaged only after two readings of what it is now', async () => {
    expect(await verify([changed, flipped, flipped])).toMatchObject({
      result: { verdict: 'digest-mismatch' },
      asked: ['v1', undefined, undefined],
    });
    expect(await verify([changed, flipped, right])).toMatchObject({ result: { verdict: 'transient' } });
  });

  test('and changes again is unstable, unless it stands still for the last reading', async () => {
    expect(await verify([changed, changed, changed])).toMatchObject({ result: { verdict: 'unstable' } });
    expect(await verify([changed, changed, right])).toMatchObject({ result: { verdict: 'ok' } });
  });
});

test.each<HashAlgorithm>([...hashAlgorithms])(
  'an address of %s is verified by that algorithm',
  async (algorithm) => {
    for (const text of ['', content]) {
      const digest = (await loadHashers(algorithm)).hashOnce(Buffer.from(text));
      const address = addressFromDigest(algorithm, digest);
      // Without a listing: the size that the store announces is what must come.
      const contents = { open: async () => sends(text)(undefined) } as unknown as ContentStores;
      expect(await verifyBlob(contents, store, 'name', address)).toMatchObject({
        verdict: 'ok',
        bytes: text.length,
      });
    }
  },
);
