import { describe, expect, test } from 'vitest';
import { compileLayout } from '../../src/policy/address-layout.ts';
import { HttpDates } from '../../src/scan-engine/http-date.ts';
import { ListedPage } from '../../src/scan-engine/listed-page.ts';
import { ListXml } from '../../src/scan-engine/list-xml.ts';
import {
  blobXml,
  createdAtSeconds,
  layout,
  nameOf,
  pageXml,
  storedBlob,
  storedBlobs,
} from '../support/scan-store.ts';

interface Entry {
  readonly name: string;
  readonly version: string;
  readonly size: number;
  readonly createdAt: number;
}

/** The entries of a page that comes in pieces of so many bytes, and its marker. */
function read(xml: string | Buffer, pieceBytes = 1_000_000): { entries: Entry[]; next: string | undefined } {
  const page = new ListedPage(compileLayout(layout));
  const reader = new ListXml();
  const bytes = Buffer.from(xml);
  reader.begin(page);
  for (let from = 0; from < bytes.length; from += pieceBytes)
    reader.push(bytes.subarray(from, from + pieceBytes));
  reader.end();
  const entries = Array.from({ length: page.length }, (_, index) => ({
    name: page.name(index),
    version: page.version(index),
    size: page.size(index),
    createdAt: page.createdAt(index),
  }));
  return { entries, next: page.next };
}

const entry = (name: string, size = 1): Entry => ({
  name,
  version: '"0x1"',
  size,
  createdAt: createdAtSeconds,
});
const element = (name: string): string =>
  blobXml({ name: 'NAME', content: Buffer.from('1'), etag: '0x1' }).replace('<Name>NAME</Name>', name);

describe('a page', () => {
  const blobs = storedBlobs(6);
  const xml = pageXml(blobs.map(blobXml), 'a&b <ü>');
  const expected = {
    entries: blobs.map(({ name, content }) => ({
      name,
      version: '"0x8DE0C5A1B2C3D4E"',
      size: content.length,
      createdAt: createdAtSeconds,
    })),
    next: 'a&b <ü>',
  };

  test('is the same wherever it is cut', () => {
    for (let bytes = 1; bytes < 600; bytes += 7) expect(read(xml, bytes)).toEqual(expected);
    expect(read(xml)).toEqual(expected);
  });

  test('is the same in whatever order its elements stand, and with space between them', () => {
    const loose = blobs.map((blob) =>
      blobXml(blob)
        .replace(/(<Etag>.*<\/Etag>)(<Content-Length>\d+<\/Content-Length>)/, '$2\n$1')
        .replace('<Blob>', '\n  <Blob>\n    '),
    );
    expect(read(pageXml(loose, 'a&b <ü>'), 100)).toEqual(expected);
  });

  test('may be larger than a page is', () => {
    const many = Array.from({ length: 12_000 }, (_, index) => ({
      ...storedBlob('1', '0x1'),
      name: `name ${index}`,
    }));
    expect(read(pageXml(many.map(blobXml))).entries).toEqual(many.map(({ name }) => entry(name)));
  });

  test('without blobs is empty', () => {
    expect(read(pageXml([]))).toEqual({ entries: [], next: undefined });
    expect(read('<EnumerationResults><Blobs /><NextMarker/></EnumerationResults>\n').entries).toEqual([]);
  });

  test('takes the time of the last change where there is none of creation', () => {
    const without = element('<Name>a</Name>').replace(/<Creation-Time>.*<\/Creation-Time>/, '');
    expect(read(pageXml([without])).entries).toEqual([entry('a')]);
  });

  test.each(['', '0x1\r\nX: y', 'ü'])('with the ETag %j has no version to ask for', (etag) => {
    const odd = element('<Name>a</Name>').replace('0x1', etag);
    expect(read(pageXml([odd])).entries[0]?.version).toBe('');
  });

  test.each(['0x1', '"0x1"', 'W/"0x1"', '&quot;0x1&quot;', 'a&amp;b', 'W', '/', '', 'a b', 'ü', '\x7f'])(
    'with the ETag %j has the same version whether its name is an address or not',
    (etag) => {
      const elements = [nameOf('1'), 'a'].map((name) =>
        element(`<Name>${name}</Name>`).replace('<Etag>0x1</Etag>', () => `<Etag>${etag}</Etag>`),
      );
      const [addressed, other] = read(pageXml(elements)).entries;
      expect(addressed).toEqual({ ...other, name: nameOf('1') });
    },
  );

  test('with an ETag in quotes keeps them', () => {
    const quoted = element('<Name>a</Name>').replace('0x1', '&quot;0x1&quot;');
    expect(read(pageXml([quoted])).entries[0]?.version).toBe('"0x1"');
  });
});

test.each([
  ['<Name>a&amp;b&lt;&gt;&quot;&apos;</Name>', 'a&b<>"\''],
  ['<Name>&#x2602;&#9731;&#x1F4BE;</Name>', '☂☃💾'],
  ['<Name>ü/☂/💾</Name>', 'ü/☂/💾'],
  ['<Name>%41</Name>', '%41'],
  ['<Name Encoded="true">a%01%25%C3%BC</Name>', 'a\u0001%ü'],
  ['<Name Encoded="false">%41</Name>', '%41'],
  [`<Name>${'n'.repeat(1_024)}</Name>`, 'n'.repeat(1_024)],
  ['<Name></Name>', ''],
  ['<Name> </Name>', ' '],
])('the name %s is %j', (name, expected) => {
  for (const bytes of [1, 50, 100_000])
    expect(read(pageXml([element(name)]), bytes).entries).toEqual([entry(expected)]);
});

test.each([
  ['an unknown reference', pageXml([element('<Name>&nbsp;</Name>')])],
  ['a reference without an end', pageXml([element('<Name>a & b</Name>')])],
  ['a reference to half a character', pageXml([element('<Name>&#xD800;</Name>')])],
  ['a bad escape', pageXml([element('<Name Encoded="true">%4</Name>')])],
  ['unknown attributes', pageXml([element('<Name Hidden="true">a</Name>')])],
  ['no name', pageXml([element('')])],
  ['CDATA', pageXml([element('<Name><![CDATA[a]]></Name>')])],
  ['no length', pageXml([element('<Name>a</Name>').replace(/<Content-Length>.*<\/Content-Length>/, '')])],
  [
    'a length that is none',
    pageXml([element('<Name>a</Name>').replace('<Content-Length>1<', '<Content-Length>-1<')]),
  ],
  ['a blob in a blob', pageXml([`<Blob>${element('<Name>a</Name>')}`])],
  ['a blob without an end', pageXml(['<Blob><Name>a</Name>'])],
  ['no marker', pageXml([]).replace('<NextMarker />', '')],
  ['an element without an end', `<EnumerationResults>${' '.repeat(300_000)}`],
  ['nothing', ''],
])('%s makes a page unusable', (_title, xml) => {
  for (const bytes of [13, 1_000_000])
    expect(() => read(xml, bytes)).toThrow("the store's listing is not usable");
});

test('a page that is cut anywhere is unusable', () => {
  const xml = Buffer.from(pageXml(storedBlobs(2).map(blobXml), 'next'));
  for (let length = 0; length < xml.length; length += 1)
    expect(() => read(xml.subarray(0, length), 64)).toThrow("the store's listing is not usable");
});

test('dates are read to the second, and what is no date is none', () => {
  const dates = new HttpDates();
  for (const at of [0, 86_399, 951_782_400, 1_780_308_000, 4_107_542_399])
    expect(dates.seconds(new Date(at * 1000).toUTCString(), 0)).toBe(at);
  for (const text of [
    '',
    'Mon, 31 Feb 2026 10:00:00 GMT',
    'Mon, 01 Jun 2026 24:00:00 GMT',
    '2026-06-01T10:00:00Z',
  ])
    expect(dates.seconds(text, 0)).toBeUndefined();
});
