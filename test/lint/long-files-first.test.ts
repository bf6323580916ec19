/** The files that are to be run first are there under the names by which they are looked for. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { longest } from '../long-files-first.ts';

test.each(longest)('%s is a file of tests', (name) => {
  expect(existsSync(fileURLToPath(new URL(`../${name}.test.ts`, import.meta.url)))).toBe(true);
});
