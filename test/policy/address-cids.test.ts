import { describe, expect, test } from 'vitest';
import { readBlobName, type AddressLayout } from '../../src/policy/content-address.ts';
import { unsupportedCid } from '../../src/policy/unsupported-cid.ts';

const layout: AddressLayout = { template: 'ipfs/{digest}', algorithm: 'sha256', encoding: 'cid' };
const raw = 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku';

describe('a content identifier in a name', () => {
  test.each([
    ['QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n', /^a CIDv0, .*dag-pb node/],
    ['bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku', /^a CID of dag-pb,/],
    ['bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku', /^a CID of dag-cbor,/],
    ['zb2rhe5P4gXftAwvA4eXQ5HJwsER2owDyS9sKaQRRVQPn93bA', /^a CID in the multibase "z"/],
    ['f01551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', /multibase "f"/],
    ['F01551220E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855', /multibase "F"/],
    ['uAVUSIOOwxEKY_BwUmvv0yJlvuSQnrkHkZJuTTKSVmRt4UrhV', /multibase "u"/],
    [raw.toUpperCase(), /multibase "B"/],
    // The hash function sha1 (0x11), which proves nothing.
    [`f01551114${'ab'.repeat(20)}`, /hash function 0x11/],
    [`f01a9041220${'ab'.repeat(32)}`, /codec 0x229/],
  ])('%s is recognised as one that is not supported', (cid, why) => {
    expect(unsupportedCid(cid)).toMatch(why);
    expect(readBlobName(layout, `ipfs/${cid}`)).toEqual({
      kind: 'unsupported',
      why: expect.stringMatching(why) as string,
    });
  });

  test.each([
    raw,
    'README.md',
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    // One character short, one too many, digits that the alphabet does not have.
    'QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1',
    'bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvykua',
    'bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyk0',
    'zb2rhe5P4gXftAwvA4eXQ5HJwsER2owDyS9sKaQRRVQPn93b0',
    `f${'ff'.repeat(36)}`,
    'b'.repeat(100),
  ])('%s is not said to be unsupported', (text) => {
    expect(unsupportedCid(text)).toBeUndefined();
  });

  test('of the raw codec is an address, in the layout of its store', () => {
    expect(readBlobName(layout, `ipfs/${raw}`)).toEqual({
      kind: 'address',
      address: 'sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    });
    expect(readBlobName(layout, `other/${raw}`)).toEqual({ kind: 'no-address' });
  });
});
