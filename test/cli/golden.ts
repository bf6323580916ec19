/** Compares a view with the text kept for it; `LIFEBOAT_WRITE_GOLDEN=1` writes it anew, to be read before it is kept. */
import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { displayWidth } from '../../src/cli/format.ts';

/** The text must be the kept one, at most 100 columns wide and without an escape sequence. */
export async function expectGolden(name: string, text: string): Promise<void> {
  const file = new URL(`./golden/${name}`, import.meta.url);
  if (process.env['LIFEBOAT_WRITE_GOLDEN'] === '1') await writeFile(file, text);
  expect(text).toBe(await readFile(file, 'utf8'));
  expectNarrow(text);
  expect(text).not.toContain('\u001B');
}

/** No line may be wider than the terminal, nor end in blanks. */
export function expectNarrow(text: string, width = 100): void {
  for (const line of text.split('\n')) {
    expect(displayWidth(line), line).toBeLessThanOrEqual(width);
    expect(line).toBe(line.trimEnd());
  }
}
