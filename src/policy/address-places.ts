/**
 * Where everything stands in the names of a layout: all of them are of one length, so each part has one place. Invariant:
 * the runs give every character of the encoded digest once, and the echoes name every other place that repeats one.
 */
import type { DigestCode } from './address-encoding.ts';
import { isSlice, type Part } from './address-template.ts';

/** A slice as it stands in a name. */
interface PlacedSlice {
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

/** Where everything stands in a name. */
export interface Placed {
  readonly nameLength: number;
  readonly literals: readonly { readonly text: string; readonly at: number }[];
  /** Slices that make the encoded digest up, one after the other and each character once. */
  readonly runs: readonly PlacedSlice[];
  /** Pairs of places, one after the other, that hold the same character. */
  readonly echoes: Uint16Array;
}

/** Where the parts of a layout stand in its names. */
export function placed(code: DigestCode, parts: readonly Part[]): Placed {
  const literals: { text: string; at: number }[] = [];
  const slices: PlacedSlice[] = [];
  let at = 0;
  for (const part of parts) {
    if (isSlice(part)) {
      const to = Math.min(part.to, code.length);
      slices.push({ from: part.from, to, at });
      at += to - part.from;
    } else {
      literals.push({ text: part.literal, at });
      at += part.literal.length;
    }
  }
  const runs = runsOf(slices, code.length);
  return { nameLength: at, literals, runs, echoes: echoesOf(slices, runs) };
}

/** One slice where one is the whole digest; otherwise what each adds to those before it. */
function runsOf(slices: readonly PlacedSlice[], length: number): PlacedSlice[] {
  const whole = slices.find(({ from, to }) => from === 0 && to === length);
  if (whole !== undefined) return [whole];
  const runs: PlacedSlice[] = [];
  let reach = 0;
  for (const { from, to, at } of slices.toSorted((a, b) => a.from - b.from)) {
    if (to <= reach) continue;
    runs.push({ from: reach, to, at: at + reach - from });
    reach = to;
  }
  return runs;
}

function echoesOf(slices: readonly PlacedSlice[], runs: readonly PlacedSlice[]): Uint16Array {
  const placeOf = (index: number): number => {
    const run = runs.find(({ to }) => index < to);
    return run === undefined ? 0 : run.at + index - run.from;
  };
  const echoes: number[] = [];
  for (const { from, to, at } of slices)
    for (let index = from; index < to; index += 1) {
      const [place, first] = [at + index - from, placeOf(index)];
      if (place !== first) echoes.push(first, place);
    }
  return Uint16Array.from(echoes);
}

/** Pairs of a place and the character that stands there in every name. */
export function fixedPlaces(literals: Placed['literals']): Uint16Array {
  const pairs = literals.flatMap(({ text, at }) =>
    Array.from({ length: text.length }, (_, index) => [at + index, text.charCodeAt(index)]),
  );
  return Uint16Array.from(pairs.flat());
}
