/**
 * Greyscale radiographs as PNG. Invariant: the file decodes (signature, chunk checksums, one zlib stream of the
 * declared size) and never falls below the smallest blob size that was asked for.
 */
import { constants, crc32, deflateSync } from 'node:zlib';
import type { Random } from '../random.ts';
import { paintRadiograph } from './radiograph.ts';

const signature = Buffer.from('89504e470d0a1a0a', 'hex');
/** Measured: Huffman coding alone leaves up to this much of the noisy pixels. */
const compressedShare = 0.86;

/** A PNG of about `size` bytes, never below `least`. */
export function pngImage(random: Random, size: number, least = 0): Buffer {
  const pixels = Math.max(64, (size - 120) / compressedShare);
  const width = Math.max(8, Math.round(Math.sqrt(pixels * 1.5)));
  const height = Math.max(1, Math.round(pixels / (width + 1)));
  const raw = new Uint8Array(height * (width + 1));
  paintRadiograph(random, raw, width, 1);
  const data = deflateSync(raw, { level: 1, strategy: constants.Z_HUFFMAN_ONLY });
  const parts = [signature, chunk('IHDR', header(width, height)), chunk('IDAT', data)];
  const soFar = parts.reduce((sum, part) => sum + part.length, 12);
  if (soFar < least) parts.splice(2, 0, chunk('tEXt', note(random, least - soFar)));
  return Buffer.concat([...parts, chunk('IEND', Buffer.alloc(0))]);
}

function header(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32BE(width, 0);
  bytes.writeUInt32BE(height, 4);
  bytes[8] = 8;
  return bytes;
}

function note(random: Random, length: number): Buffer {
  const text = `Comment\0radiograph ${random.uuid()}`;
  return Buffer.from(text.padEnd(length, '.'), 'latin1');
}

function chunk(type: string, data: Buffer): Buffer {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  data.copy(bytes, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}
