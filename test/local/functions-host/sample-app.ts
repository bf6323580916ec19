/** Builds the sample app the way the product is built: one ESM bundle with `@azure/functions-core` left out. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

/** An app folder that exists until `remove`. */
export interface BuiltApp {
  readonly dir: string;
  remove(): void;
}

const REQUIRE_BANNER =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

/** Builds the given entry (the whole sample app by default) into a temporary app folder. */
export async function buildSampleApp(
  entry = path.join(import.meta.dirname, 'sample-app', 'app.ts'),
): Promise<BuiltApp> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'functions-host-app-'));
  await build({
    entryPoints: [entry],
    outfile: path.join(dir, 'dist', 'app.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['@azure/functions-core'],
    banner: { js: REQUIRE_BANNER },
    logLevel: 'error',
  });
  writeJson(dir, 'package.json', { name: 'sample', main: 'dist/app.mjs' });
  writeJson(dir, 'host.json', {
    version: '2.0',
    extensions: { http: { routePrefix: 'api' }, durableTask: { hubName: 'SampleHub' } },
  });
  writeJson(dir, 'local.settings.json', {
    IsEncrypted: false,
    Values: { SAMPLE_SETTING: 'from local.settings.json', SAMPLE_SCHEDULE: '0 0 5 1 1 *' },
  });
  return { dir, remove: () => fs.rmSync(dir, { recursive: true, force: true }) };
}

function writeJson(dir: string, name: string, content: object): void {
  fs.writeFileSync(path.join(dir, name), JSON.stringify(content, null, 2));
}
