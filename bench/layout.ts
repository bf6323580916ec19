/** The address layout of every corpus: that of the sample estate. */
import type { AddressLayout } from '../src/policy/content-address.ts';

export const layout = {
  template: 'sha256/{0:2}/{2:4}/{digest}',
  algorithm: 'sha256',
} as const satisfies AddressLayout;

/** The name of the blob with this digest (hex). */
export const nameOf = (hex: string): string => `sha256/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}`;
