/**
 * Can a blob store be rebuilt from what the provider keeps of it elsewhere, and how long would the whole of it take? Pure.
 */

interface Store {
  readonly id: string;
  readonly redundancy: string;
}

/** Why nothing can be rebuilt; undefined if every store has a replica. */
export function storeLossProblem(region: { readonly blobStores: readonly Store[] }): string | undefined {
  const { blobStores } = region;
  if (blobStores.length === 0) return 'there is no blob store that could be lost';
  const lost = blobStores.filter(({ redundancy }) => !redundancy.startsWith('geo')).map(({ id }) => id);
  return lost.length === 0
    ? undefined
    : `no replica is kept of blob store ${lost.join(', ')}: it could not be rebuilt from anything`;
}

/** What was rebuilt of one store, and what there is of it. */
export interface Rebuilt {
  readonly store: string;
  readonly blobs: number;
  readonly ofBlobs: number;
  readonly bytes: number;
  readonly milliseconds: number;
}

/** Seconds that the whole store takes at the rate of what was rebuilt: a random sample is as large, on average, as the rest. */
export function fullSeconds({ blobs, ofBlobs, milliseconds }: Rebuilt): number | undefined {
  return blobs === 0 ? undefined : (milliseconds / 1000) * (ofBlobs / blobs);
}

/** What was rebuilt, how fast, and how long all of it takes, with the formula. */
export function rebuiltSentence(rebuilt: Rebuilt): string {
  const { store, blobs, ofBlobs, bytes, milliseconds } = rebuilt;
  const seconds = milliseconds / 1000;
  const rate = seconds > 0 ? `${(bytes / 1e6 / seconds).toFixed(1)} MB/s` : 'at once';
  const full = fullSeconds(rebuilt);
  const whole =
    full === undefined
      ? 'how long the whole store takes cannot be said'
      : `the whole store: ${seconds.toFixed(1)} s × ${ofBlobs} ÷ ${blobs} = ${full.toFixed(1)} s`;
  return `${store}: ${blobs} of ${ofBlobs} blobs rebuilt, ${bytes} bytes in ${seconds.toFixed(1)} s (${rate}); ${whole}`;
}
