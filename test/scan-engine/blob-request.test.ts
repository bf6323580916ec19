/** Requests written over each other: each is what it would be if it had been written anew. */
import { expect, test } from 'vitest';
import type { AddressEncoding } from '../../src/policy/address-encoding.ts';
import { compileLayout } from '../../src/policy/address-layout.ts';
import { BlobRequest } from '../../src/scan-engine/blob-request.ts';
import { blobPath, endpointOf } from '../../src/scan-engine/endpoint.ts';
import { ListedPage } from '../../src/scan-engine/listed-page.ts';
import { requestText } from '../../src/scan-engine/request-text.ts';

const endpoint = endpointOf('https://shop.blob.core.windows.net');
const versions = ['0x1', '0x8DC0000000001', '0x8DC0000000002', 'x'.repeat(700), '"quoted"', 'W/"weak"'];
const authorizations = [
  {},
  { header: 'Bearer a' },
  { header: 'Bearer bc', query: 'sig=d' },
  { query: 'sig=e' },
];

const layouts: readonly (readonly [string, AddressEncoding])[] = [
  ['sha256/{0:2}/{2:4}/{digest}', 'hex'],
  ['{digest}', 'hex-upper'],
  ['x/{0:2}/{2:}', 'hex'],
  ['blob-{digest}.bin', 'base64url'],
  ['{digest}', 'cid'],
  ['a b/Ü-{0:3}/{digest}', 'hex'],
];

test.each(layouts)('of the layout %s in %s', (template, encoding) => {
  const layout = compileLayout({ template, encoding, algorithm: 'sha256' });
  const page = new ListedPage(layout);
  for (let index = 0; index < 60; index += 1) {
    const name = layout.nameOf(Uint8Array.from({ length: 32 }, (_, at) => (index * 7 + at * 41) & 255));
    page.add(Buffer.from(name).toString('latin1'), versions[(index >> 1) % versions.length] ?? '', index, 1);
  }
  const request = new BlobRequest('/files');
  for (let index = 0; index < page.length; index += 1) {
    expect(request.turnTo(page, index)).toBeUndefined();
    const path = `/files/${blobPath(page.name(index)) ?? ''}`;
    const ifMatch = page.version(index);
    for (const authorization of [authorizations[0] ?? {}, ...authorizations, ...authorizations.slice(-1)]) {
      const text = requestText({ path, query: '', ifMatch }, endpoint, authorization);
      expect(request.bytes(endpoint, authorization).toString('latin1')).toBe(text);
    }
  }
});

test('pages of another layout are written by that one', () => {
  const digest = new Uint8Array(32).fill(0xab);
  const request = new BlobRequest('/files');
  for (const template of ['{digest}', 'b-{digest}', '{0:2}/{digest}', '{digest}']) {
    const layout = compileLayout({ template, algorithm: 'sha256' });
    const page = new ListedPage(layout);
    page.add(layout.nameOf(digest), '0x1', 1, 1);
    expect(request.turnTo(page, 0)).toBeUndefined();
    expect(request.bytes(endpoint, {}).toString('latin1')).toContain(
      `GET /files/${layout.nameOf(digest)} HTTP`,
    );
  }
});

test('what no request can be written for is said', () => {
  const layout = compileLayout({ template: '../{digest}', algorithm: 'sha256' });
  const page = new ListedPage(layout);
  page.add(layout.nameOf(new Uint8Array(32)), '0x1', 1, 1);
  expect(new BlobRequest('/files').turnTo(page, 0)).toBe('no path stands for its name and for nothing else');
  const plain = new ListedPage(compileLayout({ template: '{digest}', algorithm: 'sha256' }));
  plain.add('0'.repeat(64), 'a b', 1, 1);
  expect(new BlobRequest('/files').turnTo(plain, 0)).toBe('the listing gave no version of it');
});
