/** SHA-256 over text as it comes; the slower kind can be put down in the middle and taken up again by another process. */
import { createHash } from 'node:crypto';

export interface LineSum {
  update(bytes: Uint8Array): void;
  /** What has come so far, to be taken up from; throws a RangeError if this kind cannot be. */
  save(): string;
  hex(): string;
}

/** The fast kind. */
export function plainSum(): LineSum {
  const sum = createHash('sha256');
  return {
    update: (bytes) => void sum.update(bytes),
    save: () => {
      throw new RangeError('this sum cannot be put down');
    },
    hex: () => sum.digest('hex'),
  };
}

/** The kind that can be put down, taken up from what was saved. Its package is loaded when first needed: few stores do. */
export async function resumableSum(saved?: string): Promise<LineSum> {
  const { createSHA256 } = await import('hash-wasm');
  const sum = await createSHA256();
  if (saved === undefined) sum.init();
  else sum.load(Buffer.from(saved, 'base64'));
  return {
    update: (bytes) => void sum.update(bytes),
    save: () => Buffer.from(sum.save()).toString('base64'),
    hex: () => sum.digest('hex'),
  };
}
