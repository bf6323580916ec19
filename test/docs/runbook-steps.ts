/**
 * A runbook as something that can be run: its `sh` blocks in their order, each with what its "You should see" promises.
 * The promise is the code in the first sentence after the block: it must be in the output, with `…` and `{…}` for
 * anything; what stands after "no alert" must not.
 */
import { blocksOf, textOf } from './markdown.ts';

export interface RunbookStep {
  readonly line: number;
  readonly text: string;
  readonly promised: readonly string[];
  readonly excluded: readonly string[];
}

/** The blocks that run against every stack. */
export function stepsOf(file: string): RunbookStep[] {
  const lines = textOf(file).split('\n');
  return blocksOf(file)
    .filter(({ language }) => language === 'sh')
    .map(({ line, text }) => {
      const sentence = sentenceAfter(lines.slice(line + text.split('\n').length));
      const spans = [...sentence.matchAll(/(no alert )?`([^`]+)`/g)];
      const of = (isExcluded: boolean): string[] =>
        spans.filter(([, no]) => (no !== undefined) === isExcluded).map(([, , span = '']) => span);
      return { line, text, promised: of(false), excluded: of(true) };
    });
}

/** What should be seen after a block: the first sentence of the paragraph that says so, before another block comes. */
function sentenceAfter(lines: readonly string[]): string {
  const end = lines.findIndex((one) => /^\s*(?:```|#)/.test(one));
  const text = lines.slice(0, end === -1 ? undefined : end).join('\n');
  const paragraph = /^\s*You should see[^]*?(?=\n\s*\n|$)/m.exec(text)?.[0] ?? '';
  return paragraph.replaceAll(/\s+/g, ' ').split(/(?<=[^.]\.) (?=[A-Z`])/)[0] ?? '';
}

/** Whether an output keeps a promise. */
export function isSeen(span: string, output: string): boolean {
  const pattern = span
    .split(/…|\{[^}]*\}/)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^\\n]*?');
  return new RegExp(pattern).test(output.replaceAll(/\s*\n\s*/g, ' ')) || new RegExp(pattern).test(output);
}
