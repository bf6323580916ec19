/**
 * How tests run: files of `test/` in three forked workers (many wait for a database or a program); `test/e2e/` (whole
 * stacks, which mostly wait: three at a time on ports of their own) as a project of its own, which `test/run.ts` runs
 * after the rest. A file without a test fails, and so does a forgotten `.only`; `test/run.ts` fails a run with a skipped
 * test.
 */
import { defineConfig } from 'vitest/config';
import { budgetMode } from './test/budget.ts';
import { LongFilesFirst } from './test/long-files-first.ts';

const MINUTE = 60_000;
/** How much longer one test may take where it runs the full counts. */
const patience = budgetMode(process.env['LIFEBOAT_BUDGET']) === 'full' ? 60 : 1;

export default defineConfig({
  test: {
    environment: 'node',
    pool: 'forks',
    allowOnly: false,
    sequence: { sequencer: LongFilesFirst },
    reporters: ['default'],
    teardownTimeout: MINUTE,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          maxWorkers: 3,
          testTimeout: patience * MINUTE,
          hookTimeout: MINUTE,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          maxWorkers: 3,
          testTimeout: 10 * patience * MINUTE,
          hookTimeout: 10 * MINUTE,
        },
      },
    ],
  },
});
