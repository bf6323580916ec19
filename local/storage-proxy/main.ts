/** The program: `node local/storage-proxy/main.ts --config <file.json>`; see `serve` for how it starts and ends. */
import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { serve } from '../program/serve.ts';
import { readConfig } from './config.ts';
import { createStorageProxy } from './proxy.ts';

await serve({
  file: 'local/storage-proxy/main.ts',
  start: async (configFile) => {
    const config = readConfig(configFile);
    if (config.tls !== undefined)
      setDefaultCACertificates([...getCACertificates('default'), readFileSync(config.tls.caFile, 'utf8')]);
    const proxy = await createStorageProxy(config);
    return {
      addresses: { url: proxy.url, controlPort: proxy.controlPort },
      close: () => proxy.close(),
    };
  },
  explanations: { ECONNREFUSED: 'The blob store behind the proxy does not answer. Start it first.' },
});
