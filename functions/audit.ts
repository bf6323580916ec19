/** Looks after the audit logs: a plain timer that does not depend on the task hub. */
import { app } from '@azure/functions';
import { watchAudit } from '../src/app/audit-watch.ts';
import { theApp } from './the-app.ts';

app.timer('auditWatch', {
  schedule: '40 */10 * * * *',
  handler: async (_timer, context) => {
    for (const line of await watchAudit(theApp)) context.error(line);
  },
});
