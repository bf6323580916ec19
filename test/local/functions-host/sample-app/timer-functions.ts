/** A timer function that notes its runs in a file. */
import fs from 'node:fs';
import { app } from '@azure/functions';

app.timer('tick', {
  schedule: '%SAMPLE_SCHEDULE%',
  useMonitor: true,
  handler: async (timer) => {
    const file = process.env['SAMPLE_NOTES'];
    if (file !== undefined) fs.appendFileSync(file, `tick ${JSON.stringify(timer)}\n`);
  },
});
