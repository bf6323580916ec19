/** The answer to `lifeboat doctor`: a line for each check, what to do below it where it is not well, and the sum. */
import type { DoctorLine } from '../contracts/doctor.ts';
import { displayWidth, pad, paragraph, printable } from './format.ts';
import { palette, type Palette } from './palette.ts';

/** The lines of a region, or of what belongs to none. */
export interface DoctorPart {
  readonly region: string | undefined;
  readonly lines: readonly DoctorLine[];
}

const words = { ok: 'ok', warning: 'WARNING', failed: 'FAILED' } as const;
const widestName = 26;

export function renderDoctor(
  parts: readonly DoctorPart[],
  { width, color }: { readonly width: number; readonly color: boolean },
): string[] {
  const paint = palette(color);
  const names = parts.flatMap(({ lines }) => lines.map(({ id }) => displayWidth(printable(id))));
  const column = Math.min(widestName, Math.max(...names));
  return [
    ...parts.flatMap(({ region, lines }) =>
      lines.flatMap((one, at) => {
        const isFirst = at === 0 || lines[at - 1]?.system !== one.system;
        const head = [one.system, region].filter((name) => name !== undefined).join(' in ');
        return [
          ...(isFirst && head !== '' ? ['', paint.strong(head)] : []),
          ...lineOf(one, column, width, paint),
        ];
      }),
    ),
    '',
    sumOf(parts.flatMap(({ lines }) => lines)),
  ];
}

function lineOf(
  { id, state, detail, next }: DoctorLine,
  column: number,
  width: number,
  paint: Palette,
): string[] {
  const painter = { ok: paint.good, warning: paint.doubtful, failed: paint.bad }[state];
  const name = printable(id);
  const lead = `${pad(words[state], 7)}  ${pad(name, column)}  `;
  const text =
    displayWidth(name) > column
      ? [`${pad(words[state], 7)}  ${name}`, ...paragraph(' '.repeat(column + 11), detail, width)]
      : paragraph(lead, detail, width);
  const [first = '', ...rest] = text;
  const doing = next === undefined ? [] : paragraph(`${' '.repeat(9)}do: `, next, width);
  return [`${painter(first.slice(0, 7))}${first.slice(7)}`, ...rest, ...doing];
}

function sumOf(lines: readonly DoctorLine[]): string {
  const count = (state: DoctorLine['state']): number => lines.filter((line) => line.state === state).length;
  const warnings = count('warning');
  return `${count('ok')} ok, ${warnings} warning${warnings === 1 ? '' : 's'}, ${count('failed')} failed`;
}
