/**
 * Reads the JSON reports of test runs and decides what counts as a failure: a failed test, a file that could not be
 * loaded or holds no test, a test that was skipped or left to do, an error outside of any test, and a run in which
 * nothing ran.
 */
import { relative } from 'node:path';

/** What a run, or several together, amounted to; `complaints` explain the failures that are not failed tests. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly complaints: readonly string[];
}

/** The parts of vitest's JSON report (the format is Jest's) that are read. */
interface Report {
  readonly testResults: readonly ReportedFile[];
}

interface ReportedFile {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
}

/** Counts one run: its report's text, if it left one, and whether the command succeeded; paths are shown from `root`. */
export function readReport(text: string | undefined, succeeded: boolean, root: string): TestCounts {
  if (text === undefined)
    return { passed: 0, failed: 1, complaints: ['The test run ended without a report.'] };
  const files = (JSON.parse(text) as Report).testResults;
  const statuses = files.flatMap((file) => file.assertionResults.map((test) => test.status));
  const complaints = files.flatMap((file) => complaintsAbout(file, relative(root, file.name)));
  const failed = statuses.filter((status) => status === 'failed').length + complaints.length;
  const passed = statuses.filter((status) => status === 'passed').length;
  if (failed > 0 || succeeded) return { passed, failed, complaints };
  return { passed, failed: 1, complaints: ['The test run failed outside of any test; its output says why.'] };
}

/** One sentence for each failure of a file that is not a failed test. */
function complaintsAbout({ status, message, assertionResults }: ReportedFile, path: string): string[] {
  const notRun = assertionResults.filter((test) => test.status !== 'passed' && test.status !== 'failed');
  const complaints = notRun.map(
    (test) => `${path}: not run (${test.status}), which counts as failed: ${test.fullName}`,
  );
  const hasFailedTest = assertionResults.some((test) => test.status === 'failed');
  if (status === 'failed' && !hasFailedTest)
    complaints.push(`${path}: failed outside of its tests: ${firstLine(message)}`);
  else if (assertionResults.length === 0) complaints.push(`${path}: holds no test.`);
  return complaints;
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';

/** The runs together; one failure more when not a single test was executed. */
export function addUp(runs: readonly TestCounts[]): TestCounts {
  const passed = runs.reduce((sum, run) => sum + run.passed, 0);
  const failed = runs.reduce((sum, run) => sum + run.failed, 0);
  const complaints = runs.flatMap((run) => run.complaints);
  if (passed + failed > 0) return { passed, failed, complaints };
  return { passed, failed: 1, complaints: [...complaints, 'No test was executed.'] };
}
