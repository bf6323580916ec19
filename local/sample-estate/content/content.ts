/**
 * Chooses what a sample blob is (mesh, radiograph, document) and generates it from a seed.
 * Invariant: the same random state, kinds and size give the same bytes; sizes near the extremes are met exactly.
 */
import type { GeneratedBlob } from '../blobs.ts';
import type { Random } from '../random.ts';
import { largestBlobBytes, smallestBlobBytes } from '../sizes.ts';
import { plyMesh, stlMesh } from './mesh.ts';
import { pdfDocument } from './pdf.ts';
import { pngImage } from './png.ts';

/** What a blob can be. */
export type ContentKind = 'stl' | 'ply' | 'png' | 'pdf';

const mediaTypes: Readonly<Record<ContentKind, string>> = {
  stl: 'model/stl',
  ply: 'application/ply',
  png: 'image/png',
  pdf: 'application/pdf',
};

/** Kinds whose generator meets a size to the byte; below this size only a mesh is small enough. */
const exactKinds: readonly ContentKind[] = ['ply', 'pdf'];
const smallestPdfBytes = 1_100;

/** Generates content of about `size` bytes of one of the kinds; exactly `size` below 4 KiB and near 8 MiB. */
export function generateContent(random: Random, kinds: readonly ContentKind[], size: number): GeneratedBlob {
  const kind = random.pick(kindsForSize(kinds, size));
  return { extension: kind, bytes: generateBytes(random, kind, size), mediaType: mediaTypes[kind] };
}

function kindsForSize(kinds: readonly ContentKind[], size: number): readonly ContentKind[] {
  if (size < smallestPdfBytes) return ['ply'];
  const mustBeExact = size < 4 * smallestBlobBytes || size > largestBlobBytes * 0.97;
  return mustBeExact ? exactKinds : kinds;
}

function generateBytes(random: Random, kind: ContentKind, size: number): Buffer {
  switch (kind) {
    case 'stl':
      return stlMesh(random, size);
    case 'ply':
      return plyMesh(random, size);
    case 'png':
      return pngImage(random, size, smallestBlobBytes);
    case 'pdf':
      return pdfDocument(random, size);
  }
}
