/** The reports of drills: which there are, and one as it was finalized, its signature, or the key of its signature. */
import { app } from '@azure/functions';
import { answer } from '../src/app/http.ts';
import { viewReportHistory } from '../src/app/report-history.ts';
import { reportForms, viewReport, viewReports, type ReportForm } from '../src/app/report-views.ts';
import { historyBefore, historyLimit } from '../src/contracts/api.ts';
import { Failure } from '../src/policy/failure.ts';
import { theApp } from './the-app.ts';

app.http('report', {
  route: 'v1/reports/{system}/{drill}',
  methods: ['GET'],
  authLevel: 'function',
  handler: (request) =>
    answer(async () => {
      const asked = request.query.get('format') ?? 'json';
      const form = Object.hasOwn(reportForms, asked) ? (asked as ReportForm) : 'json';
      const { system = '', drill = '' } = request.params;
      const body = await viewReport(theApp.deps, system, drill, form);
      return { body, headers: { 'content-type': reportForms[form] } };
    }),
});

app.http('reports', {
  route: 'v1/reports/{system}',
  methods: ['GET'],
  authLevel: 'function',
  handler: (request) =>
    answer(async () => ({ jsonBody: await viewReports(theApp.deps, request.params['system'] ?? '') })),
});

app.http('reportHistory', {
  route: 'v1/report-history/{system}',
  methods: ['GET'],
  authLevel: 'function',
  handler: (request) =>
    answer(async () => {
      const limit = numberIn(request.query.get('limit'), 'limit', historyLimit) ?? usualHistory;
      const before = numberIn(request.query.get('before'), 'before', historyBefore);
      const system = request.params['system'] ?? '';
      return { jsonBody: await viewReportHistory(theApp.deps, system, { limit, before }) };
    }),
});

const usualHistory = 30;

/** A number of the query; throws `bad-input` unless it is one that is allowed. */
function numberIn(text: string | null, name: string, shape: typeof historyLimit): number | undefined {
  if (text === null) return undefined;
  const read = shape.safeParse(text);
  if (read.success && /^\d+$/.test(text)) return read.data;
  throw new Failure(
    'bad-input',
    `${name}=${text} is not what "${name}" can be`,
    'limit: 1 to 100 reports; before: the number in "next" of the page before.',
  );
}
