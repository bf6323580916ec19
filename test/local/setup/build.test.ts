/** The build makes the same complete files from the same sources, only when something changed, and says what is wrong. */
import {
  access,
  constants,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { build, BuildFailure } from '../../../build.ts';

const projectRoot = fileURLToPath(new URL('../../..', import.meta.url));
const runFile = promisify(execFile);

const sources = {
  'functions/app.ts':
    "import { DateTime } from 'luxon';\nconsole.log('app', DateTime.utc(2026).year, require.resolve('node:fs'));\n",
  'src/cli/main.ts':
    "import { greeting } from './greeting.ts';\nconsole.log(greeting, process.argv.slice(2).join(' '));\n",
  'src/cli/greeting.ts': "export const greeting: string = 'hello';\n",
  'src/scan-engine/scan-worker.ts': "import { sep } from 'node:path';\nconsole.log('scans', sep);\n",
  'src/contracts/estate-schema.ts': "export const estateJsonSchema = (): unknown => ({ type: 'object' });\n",
};

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

/** A temporary project with the sources above, changed as given; `undefined` leaves one out. */
async function project(changes: Readonly<Record<string, string | undefined>> = {}): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'lifeboat-build-'));
  folders.push(root);
  for (const name of ['build.ts', 'package.json', 'package-lock.json', 'tsconfig.json'])
    await cp(join(projectRoot, name), join(root, name));
  await symlink(join(projectRoot, 'node_modules'), join(root, 'node_modules'));
  for (const [path, source] of Object.entries({ ...sources, ...changes })) {
    await mkdir(join(root, path, '..'), { recursive: true });
    if (source !== undefined) await writeFile(join(root, path), source);
  }
  return root;
}

async function contents(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).toSorted();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}

test('the app, the command, the schema and the notices are made and run', async () => {
  const root = await project();
  const result = await build({ root });
  expect(result.upToDate).toBe(false);
  expect(result.files.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'app.mjs',
      'app.mjs.map',
      'cli.mjs',
      'cli.mjs.map',
      'scan-worker.mjs',
      'scan-worker.mjs.map',
      'estate.schema.json',
      'metafile.json',
      'THIRD-PARTY-NOTICES.txt',
    ]),
  );
  await access(join(root, 'dist/cli.mjs'), constants.X_OK);
  expect((await runFile(process.execPath, [join(root, 'dist/cli.mjs'), 'there'])).stdout).toBe(
    'hello there\n',
  );
  expect((await runFile(process.execPath, [join(root, 'dist/app.mjs')])).stdout).toBe('app 2026 node:fs\n');
  expect(JSON.parse(await readFile(join(root, 'dist/estate.schema.json'), 'utf8'))).toEqual({
    type: 'object',
  });
});

test('the notices name each bundled package with its licence, and no other', async () => {
  const root = await project();
  await build({ root });
  const notices = await readFile(join(root, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8');
  expect(notices).toMatch(/^luxon 3\.\S+ \(MIT\)\n\nCopyright/m);
  expect(notices).not.toContain('zod');
});

test('the same sources give the same bytes, in whatever folder', async () => {
  const [first, second] = [await project(), await project()];
  await build({ root: first });
  await build({ root: second, outDir: join(second, 'elsewhere/out') });
  const built = await contents(join(first, 'dist'));
  expect(Object.keys(built)).toHaveLength(10);
  const elsewhere = await contents(join(second, 'elsewhere/out'));
  // A source map names sources relative to itself: it and its size differ with the depth of the folder.
  for (const name of Object.keys(built).filter((file) => !/\.map$|stamp|metafile/.test(file)))
    expect(elsewhere[name]).toBe(built[name]);
  await build({ root: second });
  expect(await contents(join(second, 'dist'))).toEqual(built);
});

test('nothing is built again while sources and files are as they were', async () => {
  const root = await project();
  await build({ root });
  expect(await build({ root })).toMatchObject({ upToDate: true });
});

test.each([
  ['a source', 'src/cli/greeting.ts', "export const greeting: string = 'good day';\n"],
  [
    'the schema’s source',
    'src/contracts/estate-schema.ts',
    "export const estateJsonSchema = (): unknown => ({ type: 'array' });\n",
  ],
  ['the lockfile', 'package-lock.json', '{}'],
  ['a built file', 'dist/app.mjs', 'damaged'],
])('a change of %s is built', async (_, path, content) => {
  const root = await project();
  await build({ root });
  await writeFile(join(root, path), content);
  expect(await build({ root })).toMatchObject({ upToDate: false });
  expect(await readFile(join(root, 'dist/app.mjs'), 'utf8')).not.toBe('damaged');
});

test('minified code is another build, and smaller', async () => {
  const root = await project();
  const size = async (minify: boolean): Promise<number> =>
    (await build({ root, minify })).files.find(({ name }) => name === 'app.mjs')?.bytes ?? Number.NaN;
  const [plain, minified] = [await size(false), await size(true)];
  expect(minified).toBeLessThan(plain);
});

test('builds at the same time leave whole files and nothing else', async () => {
  const root = await project();
  await Promise.all([1, 2, 3].map(() => build({ root })));
  expect(await build({ root })).toMatchObject({ upToDate: true });
  expect((await readdir(join(root, 'dist'))).filter((name) => name.startsWith('.tmp'))).toEqual([]);
});

test('a file that is no longer made is removed', async () => {
  const root = await project();
  await build({ root });
  await rm(join(root, 'src/contracts/estate-schema.ts'));
  await build({ root });
  expect(await readdir(join(root, 'dist'))).not.toContain('estate.schema.json');
});

test('a missing entry is named', async () => {
  const root = await project({ 'functions/app.ts': undefined });
  const failure = build({ root });
  await expect(failure).rejects.toThrow(BuildFailure);
  await expect(failure).rejects.toThrow('functions/app.ts does not exist');
});

test('a wrong source is named with its line, and the last build stays', async () => {
  const root = await project();
  await build({ root });
  const before = await contents(join(root, 'dist'));
  await writeFile(join(root, 'src/cli/main.ts'), '\nconst = 1;\n');
  await expect(build({ root })).rejects.toThrow(/src\/cli\/main\.ts:2:6/);
  expect(await contents(join(root, 'dist'))).toEqual(before);
});

test('run by a person, a failed build ends with a message and no stack trace', async () => {
  const root = await project({ 'functions/app.ts': "import './missing.ts';\n" });
  const failed = runFile(process.execPath, [join(root, 'build.ts')]).catch((error: unknown) => error);
  expect(await failed).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^The build failed\.\n(?!.*\n\s+at )[\s\S]*missing\.ts/) as string,
  });
});

test('the packages that the app is made of load from one bundle', async () => {
  const packages = [
    '@azure/arm-postgresql-flexible',
    '@azure/functions',
    '@azure/identity',
    '@azure/storage-blob',
    'durable-functions',
    'pg',
    'yaml',
    'zod',
  ];
  const imports = packages.map((name, index) => `import * as package${index} from '${name}';`);
  const sizes = packages.map((_, index) => `Object.keys(package${index}).length > 0`);
  const root = await project({
    'functions/app.ts': `${imports.join('\n')}\nconsole.log([${sizes.join(', ')}].every(Boolean));\n`,
  });
  await build({ root });
  await rm(join(root, 'node_modules'));
  expect((await runFile(process.execPath, [join(root, 'dist/app.mjs')])).stdout).toContain('true\n');
});
