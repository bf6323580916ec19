/** The program: `node local/sample-application/main.ts --config <file.json>`; see `serve` for how it starts and ends. */
import { serve } from '../program/serve.ts';
import { startSampleApplication } from './application.ts';
import { readConfig } from './config.ts';

await serve({
  file: 'local/sample-application/main.ts',
  start: async (configFile) => {
    const application = await startSampleApplication(readConfig(configFile));
    return { addresses: { url: application.url }, close: () => application.close() };
  },
});
