/** Readers of the sample's file formats, written from the formats' specifications; each throws on a malformed file. */
import assert from 'node:assert/strict';
import { crc32, inflateSync } from 'node:zlib';

/** Reads a binary STL and returns its number of triangles. */
export function parseStl(bytes: Buffer): number {
  const triangles = bytes.readUInt32LE(80);
  assert.equal(bytes.length, 84 + triangles * 50, 'an STL holds 50 bytes per triangle');
  for (let offset = 84; offset < bytes.length; offset += 50) {
    const normal = [0, 4, 8].map((step) => bytes.readFloatLE(offset + step));
    assert.ok(Math.abs(Math.hypot(...normal) - 1) < 0.001, 'a normal has length 1');
  }
  return triangles;
}

/** Reads a binary PLY and returns its number of faces. */
export function parsePly(bytes: Buffer): number {
  const end = bytes.indexOf('end_header\n') + 'end_header\n'.length;
  const header = bytes.subarray(0, end).toString('latin1');
  assert.match(header, /^ply\nformat binary_little_endian 1\.0\n/);
  const vertices = Number(/element vertex (\d+)\n/.exec(header)?.[1]);
  const faces = Number(/element face (\d+)\n/.exec(header)?.[1]);
  assert.equal(
    bytes.length,
    end + vertices * 12 + faces * 13,
    'a PLY holds its vertices and faces and nothing else',
  );
  for (let face = 0; face < faces; face++) {
    const offset = end + vertices * 12 + face * 13;
    assert.equal(bytes[offset], 3, 'a face is a triangle');
    for (const step of [1, 5, 9]) {
      const vertex = bytes.readInt32LE(offset + step);
      assert.ok(vertex >= 0 && vertex < vertices, 'a face refers to a vertex');
    }
  }
  return faces;
}

/** Reads a greyscale PNG and returns its number of pixels. */
export function parsePng(bytes: Buffer): number {
  assert.equal(bytes.subarray(0, 8).toString('hex'), '89504e470d0a1a0a');
  const chunks = new Map<string, Buffer>();
  for (let offset = 8; offset < bytes.length;) {
    const length = bytes.readUInt32BE(offset);
    const type = bytes.toString('latin1', offset + 4, offset + 8);
    const checked = bytes.subarray(offset + 4, offset + 8 + length);
    assert.equal(bytes.readUInt32BE(offset + 8 + length), crc32(checked), `checksum of ${type}`);
    chunks.set(type, checked.subarray(4));
    offset += length + 12;
  }
  const header = chunks.get('IHDR');
  const data = chunks.get('IDAT');
  assert.ok(header && data && chunks.has('IEND'));
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  assert.deepEqual([...header.subarray(8)], [8, 0, 0, 0, 0]);
  assert.equal(
    inflateSync(data).length,
    height * (width + 1),
    'one filter byte and one byte per pixel in each row',
  );
  return width * height;
}

/** Reads a PDF through its cross-reference table and returns its number of objects. */
export function parsePdf(bytes: Buffer): number {
  const text = bytes.toString('latin1');
  assert.match(text, /^%PDF-1\.4\n/);
  const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1]);
  assert.equal(text.slice(start, start + 5), 'xref\n');
  const count = Number(/^xref\n0 (\d+)\n/.exec(text.slice(start))?.[1]);
  const table = text.slice(text.indexOf('\n', start + 5) + 1);
  for (let number = 1; number < count; number++) {
    const offset = Number(table.slice(number * 20, number * 20 + 10));
    assert.ok(text.startsWith(`${number} 0 obj\n`, offset), `object ${number} stands where the table says`);
    checkStream(text, offset);
  }
  assert.match(text.slice(start), /trailer\n<< \/Size \d+ \/Root 1 0 R >>/);
  return count - 1;
}

function checkStream(text: string, offset: number): void {
  const head = text.slice(offset, offset + 300);
  const length = /\/Length (\d+) >>\nstream\n/.exec(head);
  if (!length) return;
  const data = offset + length.index + length[0].length;
  assert.ok(text.startsWith('\nendstream', data + Number(length[1])), 'a stream is as long as it says');
}

/** Reads a file of the sample by its media type. */
export function parseContent(bytes: Buffer): number {
  if (bytes.subarray(0, 4).toString('latin1') === 'ply\n') return parsePly(bytes);
  if (bytes.subarray(0, 4).toString('latin1') === '%PDF') return parsePdf(bytes);
  if (bytes[0] === 0x89) return parsePng(bytes);
  return parseStl(bytes);
}
