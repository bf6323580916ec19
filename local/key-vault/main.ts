/** The program: `node local/key-vault/main.ts --config <file.json>`; see `serve` for how it starts and ends. */
import { serve } from '../program/serve.ts';
import { readConfig } from './config.ts';
import { startKeyVault } from './key-vault.ts';

await serve({
  file: 'local/key-vault/main.ts',
  start: async (configFile) => {
    const vault = await startKeyVault(readConfig(configFile));
    return {
      addresses: { url: vault.url, controlPort: vault.controlPort },
      close: () => vault.close(),
    };
  },
});
