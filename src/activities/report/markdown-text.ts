/** Markdown out of values that may hold anything: everything is escaped. */

/** Text that Markdown and an HTML viewer take as text. */
export function plain(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|#~]/g, (mark) => `\\${mark}`)
    .replace(/[\r\n]+/g, ' ');
}

const row = (cells: readonly (string | number)[]): string =>
  `| ${cells.map((cell) => plain(String(cell))).join(' | ')} |`;
/** A table of escaped cells. */
export const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(row)].join('\n');
/** A list of escaped items, or what stands where there are none. */
export const list = (items: readonly string[], none: string): string =>
  items.length === 0 ? none : items.map((item) => `- ${plain(item)}`).join('\n');
