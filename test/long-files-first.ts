/**
 * The order in which vitest hands test files to its workers: those that take minutes first, so that none of them is still
 * at work when all others have ended. Without what an earlier run measured vitest goes by the size of a file, and the
 * longest are not the largest.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Folders and names below `test/`, the longest first; what is not named comes behind them, in vitest's own order. */
export const longest = [
  'e2e/serving',
  'e2e/proving',
  'e2e/night-faults',
  'e2e/first-start',
  'e2e/kill',
  'simulation/simulator',
];

export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- the method of vitest, not of an array
    const inOrder = await super.sort(files);
    return inOrder.toSorted((one, other) => place(one) - place(other));
  }
}

function place({ moduleId }: TestSpecification): number {
  const found = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return found === -1 ? longest.length : found;
}
