import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { generateContent } from '../../../local/sample-estate/content/content.ts';
import { plyMesh, stlMesh } from '../../../local/sample-estate/content/mesh.ts';
import { pdfDocument } from '../../../local/sample-estate/content/pdf.ts';
import { pngImage } from '../../../local/sample-estate/content/png.ts';
import { Random } from '../../../local/sample-estate/random.ts';
import { planSizes } from '../../../local/sample-estate/sizes.ts';
import { parseContent, parsePdf, parsePly, parsePng, parseStl } from './parsers.ts';

const sizes = [1_100, 1_101, 4_096, 9_999, 10_000, 10_097, 65_537, 1_000_003];

describe('Generated content', () => {
  test.each(sizes)('is an STL mesh that parses and overshoots %i bytes by less than a triangle', (size) => {
    const bytes = stlMesh(new Random(`stl ${size}`), size);
    expect(parseStl(bytes)).toBeGreaterThan(10);
    expect(bytes.length - size).toBeGreaterThanOrEqual(0);
    expect(bytes.length - size).toBeLessThan(50);
  });

  test.each([894, ...sizes])('is a PLY mesh of exactly %i bytes that parses', (size) => {
    const bytes = plyMesh(new Random(`ply ${size}`), size);
    expect(parsePly(bytes)).toBeGreaterThan(5);
    expect(bytes.length).toBe(size);
  });

  test.each(sizes)('is a PDF document of exactly %i bytes whose table finds every object', (size) => {
    const bytes = pdfDocument(new Random(`pdf ${size}`), size);
    expect(parsePdf(bytes)).toBe(size > 10_096 ? 6 : 5);
    expect(bytes.length).toBe(size);
  });

  test('is a PDF document at every size around the one at which the scan joins in', () => {
    for (let size = 1_100; size < 12_000; size += 13) {
      expect(parsePdf(pdfDocument(new Random(`pdf ${size}`), size))).toBeGreaterThan(4);
    }
  });

  test.each(sizes)('is a PNG image of about %i bytes that decodes', (size) => {
    const bytes = pngImage(new Random(`png ${size}`), size, 1_024);
    expect(parsePng(bytes)).toBeGreaterThan(0);
    expect(bytes.length).toBeGreaterThanOrEqual(1_024);
    expect(bytes.length / size).toBeLessThan(1.2);
    expect(bytes.length / size).toBeGreaterThan(0.8);
  });

  test('follows from its seed, byte by byte', () => {
    const digest = (seed: string) => {
      const { bytes } = generateContent(new Random(seed), ['stl', 'ply', 'png', 'pdf'], 50_000);
      return createHash('sha256').update(bytes).digest('hex');
    };
    const first = Array.from({ length: 12 }, (_, index) => digest(`seed ${index}`));
    expect(Array.from({ length: 12 }, (_, index) => digest(`seed ${index}`))).toEqual(first);
    expect(new Set(first).size).toBe(12);
  });

  test('meets both extremes to the byte', () => {
    for (const size of [1_024, 8 * 1_024 * 1_024]) {
      const { bytes } = generateContent(new Random(`extreme ${size}`), ['stl', 'png'], size);
      expect(bytes.length).toBe(size);
      expect(parseContent(bytes)).toBeGreaterThan(0);
    }
  });
});

describe('Planned sizes', () => {
  test('come close to the budget, span the whole range and hold the extremes', () => {
    const planned = planSizes(new Random('sizes'), 1_080, 54_000_000).toSorted((one, other) => one - other);
    const total = planned.reduce((sum, size) => sum + size, 0);
    expect(planned).toHaveLength(1_080);
    expect(total / 54_000_000).toBeCloseTo(1, 2);
    expect(planned.slice(0, 2)).toEqual([1_024, 1_024]);
    expect(planned.at(-1)).toBe(8 * 1_024 * 1_024);
    expect(planned[540]).toBeGreaterThan(8_000);
    expect(planned.filter((size) => size > 500_000).length).toBeGreaterThan(3);
  });

  test('are the same for every seed, in another order', () => {
    const [one, other] = ['one', 'other'].map((seed) => planSizes(new Random(seed), 200, 20_000_000));
    expect(one).not.toEqual(other);
    expect(one?.toSorted((a, b) => a - b)).toEqual(other?.toSorted((a, b) => a - b));
  });

  test('hold the extremes even when the budget is too small for them', () => {
    const planned = planSizes(new Random('small'), 20, 1_000_000);
    expect(planned).toHaveLength(20);
    expect(Math.max(...planned)).toBe(8 * 1_024 * 1_024);
    expect(Math.min(...planned)).toBe(1_024);
  });
});
