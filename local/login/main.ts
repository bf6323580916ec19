/** The program: `node local/login/main.ts --config <file.json>`; see `serve` for how it starts and ends. */
import { serve } from '../program/serve.ts';
import { readConfig } from './config.ts';
import { startLogin } from './login.ts';

await serve({
  file: 'local/login/main.ts',
  start: async (configFile) => {
    const login = await startLogin(readConfig(configFile));
    return { addresses: { url: login.url }, close: () => login.close() };
  },
});
