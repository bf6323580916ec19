/**
 * The few colours of the terminal views and what they mean. Colour only repeats what the text says: every view reads
 * the same without it. `NO_COLOR` turns it off, `FORCE_COLOR` on, and a pipe gets none.
 */

/** One painter for each meaning. */
export interface Palette {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly doubtful: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly strong: (text: string) => string;
}

/** The codes that begin and end a style; written out, since `util.styleText` is not in every Node that runs this. */
const painter =
  (begin: number, end: number) =>
  (text: string): string =>
    `\u001B[${begin}m${text}\u001B[${end}m`;

const coloured: Palette = {
  good: painter(32, 39),
  bad: painter(31, 39),
  doubtful: painter(33, 39),
  faint: painter(2, 22),
  strong: painter(1, 22),
};

const same = (text: string): string => text;
const plain: Palette = { good: same, bad: same, doubtful: same, faint: same, strong: same };

/** The palette in colour or without. */
export function palette(color: boolean): Palette {
  return color ? coloured : plain;
}

/** Paints a drill's verdict. */
export function verdictPainter(paint: Palette, verdict: string): (text: string) => string {
  if (verdict === 'PASS') return paint.good;
  return verdict === 'FAIL' ? paint.bad : paint.doubtful;
}

/** Whether a stream is to be written in colour. */
export function wantsColor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
