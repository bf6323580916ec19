/** The command works as one bundled file that stands alone: no source, no package and no package.json beside it. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { expect, test } from 'vitest';
import { Workplace } from './command.ts';

test('one bundled file is the whole command', async () => {
  await using place = await Workplace.make();
  const file = join(place.folder, 'cli.mjs');
  await esbuild.build({
    entryPoints: [fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'silent',
  });
  const version = await place.run(['--version'], {}, [file]);
  expect(version).toMatchObject({ code: 0, stderr: '' });
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const refused = await place.run(['status'], {}, [file]);
  expect(refused.stderr).toMatch(/^lifeboat: No profile was found/);
  expect(refused.code).toBe(64);
});
