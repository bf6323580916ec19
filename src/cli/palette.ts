/**
 * The few colours of the terminal views and what they mean. Colour only repeats what the text says: every view reads
 * the same without it. `NO_COLOR` turns it off, `FORCE_COLOR` on, and a pipe gets none.
 */
import { styleText } from 'node:util';

/** One painter for each meaning. */
export interface Palette {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly doubtful: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly strong: (text: string) => string;
}

const painter =
  (style: 'green' | 'red' | 'yellow' | 'dim' | 'bold') =>
  (text: string): string =>
    // The streams are judged by `wantsColor`, which must not be judged a second time.
    styleText(style, text, { validateStream: false });

const coloured: Palette = {
  good: painter('green'),
  bad: painter('red'),
  doubtful: painter('yellow'),
  faint: painter('dim'),
  strong: painter('bold'),
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
