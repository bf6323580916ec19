/**
 * A bug to be planted into a copy of the product: texts of its sources and what stands there instead. There is no
 * switch for it in the product; a text that is not found exactly once is an error, so that a patch cannot go stale
 * unseen.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PlantedBug {
  readonly name: string;
  /** What is wrong with it, in a few words. */
  readonly about: string;
  /** The invariants that it breaks: no other one counts as catching it. */
  readonly by: readonly string[];
  /** It shows in so few worlds that a short run does not hunt it: caught at seed 25 or later. */
  readonly isRare?: true;
  readonly changes: readonly { readonly file: string; readonly find: string; readonly replace: string }[];
}

const root = join(import.meta.dirname, '..', '..');
/** What a simulation consists of. */
const parts = [
  'src',
  'simulation',
  'local/functions-host',
  'test/support',
  'test/local/functions-host/virtual-clock.ts',
  'package.json',
];

/** A copy of the product with the bug in it; removed by `remove`. Throws if a text is not found exactly once. */
export function plant(bug: PlantedBug): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), `planted-${bug.name}-`));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    for (const part of parts) cpSync(join(root, part), join(folder, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    for (const { file, find, replace } of bug.changes) change(join(folder, file), find, replace, bug.name);
    return { folder, remove };
  } catch (thrown) {
    remove();
    throw thrown;
  }
}

/** Changes of a bug that do not fit the product as it is, in words. */
export function misfitsOf(bug: PlantedBug): string[] {
  return bug.changes.flatMap(({ file, find }) => misfit(join(root, file), find) ?? []);
}

/** What is wrong if a text does not stand in a file exactly once. */
function misfit(file: string, find: string): string | undefined {
  const times = readFileSync(file, 'utf8').split(find).length - 1;
  return times === 1
    ? undefined
    : `the text to change stands ${times} times in ${file}: ${find.slice(0, 80)}`;
}

function change(file: string, find: string, replace: string, bug: string): void {
  const wrong = misfit(file, find);
  if (wrong !== undefined) throw new Error(`${bug}: ${wrong}`);
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replace(find, () => replace),
  );
}
