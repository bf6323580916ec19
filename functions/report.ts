/** A drill's report, as it was finalized. */
import { app } from '@azure/functions';
import { answer } from '../src/app/http.ts';
import { viewReport } from '../src/app/views.ts';
import { theApp } from './the-app.ts';

app.http('report', {
  route: 'v1/reports/{system}/{drill}',
  methods: ['GET'],
  authLevel: 'function',
  handler: (request) =>
    answer(async () => {
      const format = request.query.get('format') === 'markdown' ? 'markdown' : 'json';
      const body = await viewReport(
        theApp.deps,
        request.params['system'] ?? '',
        request.params['drill'] ?? '',
        format,
      );
      return {
        body,
        headers: { 'content-type': format === 'json' ? 'application/json' : 'text/markdown; charset=utf-8' },
      };
    }),
});
