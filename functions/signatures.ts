/** Signs reports that could not be signed when they were made: a plain timer that does not depend on the task hub. */
import { app } from '@azure/functions';
import { watchSignatures } from '../src/app/signatures.ts';
import { theApp } from './the-app.ts';

app.timer('signatures', {
  schedule: '20 */10 * * * *',
  handler: async (_timer, context) => {
    for (const line of await watchSignatures(theApp)) context.error(line);
  },
});
