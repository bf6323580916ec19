/** SQL for a person to paste: in lines of its own, broken between words alone, so that no identifier is cut. */
import { displayWidth } from './format.ts';

/** Words of a statement; what is quoted is one word, with the blanks in it. */
const words = /(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|[^\s"'])+/g;

/** The lines of a statement; each further one stands two columns further in. A word that is too wide has a line to itself. */
export function sqlLines(sql: string, indent: string, width: number): string[] {
  const lines: string[] = [];
  let line = indent;
  let isEmpty = true;
  for (const word of sql.match(words) ?? []) {
    const longer = isEmpty ? `${line}${word}` : `${line} ${word}`;
    if (isEmpty || displayWidth(longer) <= width) line = longer;
    else {
      lines.push(line);
      line = `${indent}  ${word}`;
    }
    isEmpty = false;
  }
  return [...lines, line];
}
