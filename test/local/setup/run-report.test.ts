/** What the summary of a test run counts as a failure. */
import { expect, test } from 'vitest';
import { addUp, readReport } from '../../run-report.ts';

const file = (status: string, statuses: readonly string[], message = ''): object => ({
  name: '/project/test/a.test.ts',
  status,
  message,
  assertionResults: statuses.map((each, index) => ({ status: each, fullName: `test ${index + 1}` })),
});

const read = (files: readonly object[], succeeded = true): ReturnType<typeof readReport> =>
  readReport(JSON.stringify({ testResults: files }), succeeded, '/project');

test('passed and failed tests are counted', () => {
  expect(read([file('failed', ['passed', 'failed', 'passed'])], false)).toEqual({
    passed: 2,
    failed: 1,
    complaints: [],
  });
});

test('a skipped test and one left to do count as failed, by name', () => {
  expect(read([file('passed', ['passed', 'skipped', 'todo'])])).toEqual({
    passed: 1,
    failed: 2,
    complaints: [
      'test/a.test.ts: not run (skipped), which counts as failed: test 2',
      'test/a.test.ts: not run (todo), which counts as failed: test 3',
    ],
  });
});

test('a file that could not be loaded is one failure', () => {
  expect(read([file('failed', [], 'boom\nat x')], false)).toMatchObject({
    failed: 1,
    complaints: ['test/a.test.ts: failed outside of its tests: boom'],
  });
});

test('a file whose clean-up failed is one failure though its tests passed', () => {
  expect(read([file('failed', ['passed'], 'hook')], false)).toMatchObject({ passed: 1, failed: 1 });
});

test('a file without tests is one failure', () => {
  expect(read([file('passed', [])])).toMatchObject({
    failed: 1,
    complaints: ['test/a.test.ts: holds no test.'],
  });
});

test('an error outside of any test is one failure', () => {
  expect(read([file('passed', ['passed'])], false)).toMatchObject({ passed: 1, failed: 1 });
});

test('a run without a report is one failure', () => {
  expect(readReport(undefined, false, '/project')).toMatchObject({ passed: 0, failed: 1 });
});

test('runs are added up, and a run of nothing fails', () => {
  const [some, none] = [read([file('passed', ['passed'])]), read([])];
  expect(addUp([some, none])).toEqual({ passed: 1, failed: 0, complaints: [] });
  expect(addUp([none, none])).toEqual({ passed: 0, failed: 1, complaints: ['No test was executed.'] });
});
