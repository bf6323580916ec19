/** What a check of `lifeboat doctor` comes to. Whatever is not well says what to do. */

export type Verdict =
  | { readonly state: 'ok'; readonly detail: string }
  | { readonly state: 'warning' | 'failed'; readonly detail: string; readonly next: string };

export const well = (detail: string): Verdict => ({ state: 'ok', detail });
export const doubtful = (detail: string, next: string): Verdict => ({ state: 'warning', detail, next });
export const broken = (detail: string, next: string): Verdict => ({ state: 'failed', detail, next });

/** Seconds as a sentence has them: `42 s`, `15 min`, `3.5 h`, `2.1 d`. */
export function roughly(seconds: number): string {
  const [size, unit] =
    seconds < 120
      ? [1, 's']
      : seconds < 7_200
        ? [60, 'min']
        : seconds < 172_800
          ? [3_600, 'h']
          : [86_400, 'd'];
  const count = seconds / size;
  return `${Math.round(count) === count || size < 3_600 ? Math.round(count) : count.toFixed(1)} ${unit}`;
}
