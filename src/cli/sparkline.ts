/**
 * A row of numbers as one line of text, a column each, from the lowest to the highest of them. Where the output is no
 * terminal the levels are digits, 1 to 8: they survive every pipe, log and font.
 */

const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const digits = ['1', '2', '3', '4', '5', '6', '7', '8'];

/** The line; what has no number stands as a dot, or a hyphen. */
export function sparkline(values: readonly (number | undefined)[], isTerminal: boolean): string {
  const levels = isTerminal ? blocks : digits;
  const known = values.filter((value) => value !== undefined);
  const lowest = Math.min(...known);
  const span = Math.max(...known) - lowest;
  const levelOf = (value: number): string =>
    levels[span === 0 ? 0 : Math.round(((value - lowest) / span) * (levels.length - 1))] ?? '';
  return values.map((value) => (value === undefined ? (isTerminal ? '·' : '-') : levelOf(value))).join('');
}
