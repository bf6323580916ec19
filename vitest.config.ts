/**
 * How tests run: files of `test/` in two forked workers; `test/e2e/` (whole stacks, which need the machine for
 * themselves) as a project of its own, one file at a time, which `test/run.ts` runs after the rest. A file without a
 * test fails, and so does a forgotten `.only`; `test/run.ts` fails a run with a skipped test.
 */
import { defineConfig } from 'vitest/config';

const MINUTE = 60_000;

export default defineConfig({
  test: {
    environment: 'node',
    pool: 'forks',
    allowOnly: false,
    reporters: ['default'],
    teardownTimeout: MINUTE,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          maxWorkers: 2,
          testTimeout: MINUTE,
          hookTimeout: MINUTE,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 10 * MINUTE,
          hookTimeout: 10 * MINUTE,
        },
      },
      {
        // Faults, kills and memory of whole nights: by themselves, with `npm run test:night`.
        extends: true,
        test: {
          name: 'night',
          include: ['test/e2e/**/*.night.ts'],
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 60 * MINUTE,
          hookTimeout: 10 * MINUTE,
        },
      },
    ],
  },
});
