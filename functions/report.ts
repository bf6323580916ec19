/** The reports of drills: which there are, and one as it was finalized, its signature, or the key of its signature. */
import { app } from '@azure/functions';
import { answer } from '../src/app/http.ts';
import { reportForms, viewReport, viewReports, type ReportForm } from '../src/app/report-views.ts';
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
