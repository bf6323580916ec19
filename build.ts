/**
 * Makes `dist/`: the deployed app (`app.mjs`) and its scan threads (`scan-worker.mjs`), the command (`cli.mjs`), the
 * estate file's JSON Schema and the notices of the third-party packages bundled. The same inputs give the same bytes.
 * Nothing is built when inputs and outputs are those of the last build. Several processes may build at once: every file
 * is complete at any moment, because each is written aside and renamed over the old one, the stamp that vouches for all
 * of them last.
 */
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

/** What to build and where to; everything has a default. */
export interface BuildOptions {
  /** The project's folder; default: the folder of this file. */
  readonly root?: string;
  /** Default: `dist` in the project's folder. */
  readonly outDir?: string;
  /** Shorter code with unreadable stack traces; default: false. */
  readonly minify?: boolean;
}

/** What a build made or found. */
export interface BuildResult {
  readonly outDir: string;
  /** True when the last build's files were still right and nothing was written. */
  readonly upToDate: boolean;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly milliseconds: number;
}

/** An expected failure of the build; the message says what is wrong and where. */
export class BuildFailure extends Error {}

interface OutputFile {
  readonly name: string;
  readonly contents: Uint8Array;
  readonly executable?: boolean;
}

/** The stamp: the hash of every input and output of a build. */
interface Stamp {
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, { readonly hash: string; readonly bytes: number }>>;
}

interface Bundle {
  readonly outputs: readonly OutputFile[];
  readonly metafile: esbuild.Metafile;
}

const stampName = '.build-stamp.json';
const noticesName = 'THIRD-PARTY-NOTICES.txt';
const schemaName = 'estate.schema.json';
const schemaSource = 'src/contracts/estate-schema.ts';
const abandonedMs = 600_000;

/** What decides a build beside the sources that esbuild reports; the lockfile stands for all of node_modules. */
const configurationInputs = ['build.ts', 'package.json', 'package-lock.json', 'tsconfig.json'];

/** The program that prints the schema; its source is an input of the build like any other. */
const printSchema = `
import { estateJsonSchema } from './${schemaSource}';
process.stdout.write(JSON.stringify(estateJsonSchema(), null, 2) + '\\n');
`;

const requireBanner =
  "import { createRequire as lifeboatCreateRequire } from 'node:module'; const require = lifeboatCreateRequire(import.meta.url);";

/** Builds the app, its scan threads, the command and the files that go with them. */
export async function build(options: BuildOptions = {}): Promise<BuildResult> {
  const startedAt = performance.now();
  const root = options.root ?? fileURLToPath(new URL('.', import.meta.url));
  const outDir = options.outDir ?? join(root, 'dist');
  const minify = options.minify ?? false;
  const last = await readStamp(outDir);
  const upToDate = last !== undefined && (await isUpToDate(root, outDir, minify, last));
  const stamp = upToDate ? last : await buildAnew(root, outDir, minify);
  const files = Object.entries(stamp.outputs).map(([name, { bytes }]) => ({ name, bytes }));
  return { outDir, upToDate, files, milliseconds: performance.now() - startedAt };
}

async function buildAnew(root: string, outDir: string, minify: boolean): Promise<Stamp> {
  const app = await bundleEntry(root, outDir, 'functions/app.ts', 'app', {
    target: 'node22',
    external: ['@azure/functions-core', 'pg-native'],
    banner: { js: requireBanner },
    minify,
  });
  const scanWorker = await bundleEntry(root, outDir, 'src/scan-engine/scan-worker.ts', 'scan-worker', {
    target: 'node22',
    banner: { js: requireBanner },
    minify,
  });
  const cli = await bundleEntry(root, outDir, 'src/cli/main.ts', 'cli', {
    target: 'node20',
    banner: { js: `#!/usr/bin/env node\n${requireBanner}` },
    minify,
  });
  const schema = existsSync(join(root, schemaSource)) ? await makeSchema(root, outDir) : undefined;
  const metafiles = [app, scanWorker, cli, ...(schema === undefined ? [] : [schema])].map(
    ({ metafile }) => metafile,
  );
  const outputs = [
    ...app.outputs,
    ...scanWorker.outputs,
    ...cli.outputs.map((file) => (file.name === 'cli.mjs' ? { ...file, executable: true } : file)),
    ...(schema?.outputs ?? []),
    textFile(
      'metafile.json',
      `${JSON.stringify({ app: app.metafile, scanWorker: scanWorker.metafile, cli: cli.metafile })}\n`,
    ),
    textFile(noticesName, await notices(root, [app.metafile, scanWorker.metafile, cli.metafile])),
  ];
  const sources = metafiles
    .flatMap(({ inputs }) => Object.keys(inputs))
    .filter((path) => !path.includes('node_modules/'));
  const stamp = { inputs: await hashInputs(root, sources, minify), outputs: hashOutputs(outputs) };
  await publish(outDir, [...outputs, textFile(stampName, `${JSON.stringify(stamp)}\n`)]);
  return stamp;
}

async function bundleEntry(
  root: string,
  outDir: string,
  entry: string,
  name: string,
  options: esbuild.BuildOptions,
): Promise<Bundle> {
  const entryPoints = { [name]: entry };
  if (existsSync(join(root, entry))) return bundle(root, outDir, { ...options, entryPoints });
  throw new BuildFailure(`${entry} does not exist: there is nothing to build ${name} from.`);
}

async function bundle(root: string, outDir: string, options: esbuild.BuildOptions): Promise<Bundle> {
  try {
    const result = await esbuild.build({
      ...options,
      absWorkingDir: root,
      outdir: outDir,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      mainFields: ['module', 'main'],
      sourcemap: options.sourcemap ?? 'linked',
      legalComments: 'none',
      metafile: true,
      logLevel: 'silent',
    });
    const outputs = result.outputFiles.map((file) => ({
      name: relative(outDir, file.path),
      contents: file.contents,
    }));
    return { outputs, metafile: withoutOutDir(result.metafile, relative(root, outDir)) };
  } catch (error) {
    throw new BuildFailure(await describeEsbuildErrors(error), { cause: error });
  }
}

/** The metafile names outputs by their path; without the folder, building elsewhere gives the same bytes. */
function withoutOutDir(metafile: esbuild.Metafile, outDir: string): esbuild.Metafile {
  const outputs = Object.entries(metafile.outputs).map(
    ([path, output]) => [relative(outDir, path), output] as const,
  );
  return { ...metafile, outputs: Object.fromEntries(outputs) };
}

async function describeEsbuildErrors(error: unknown): Promise<string> {
  const messages = (error as Partial<esbuild.BuildFailure>).errors;
  if (messages === undefined) throw error;
  return (await esbuild.formatMessages(messages, { kind: 'error' })).join('').trim();
}

/** Bundles `estateJsonSchema()` and runs it in a process of its own, so that it is always the present source that runs. */
async function makeSchema(root: string, outDir: string): Promise<Bundle> {
  const made = await bundle(root, outDir, {
    stdin: { contents: printSchema, resolveDir: root, sourcefile: 'print-schema.ts', loader: 'ts' },
    sourcemap: false,
    banner: { js: requireBanner },
  });
  const text = await runModule(root, made.outputs[0]?.contents ?? new Uint8Array());
  return { outputs: [textFile(schemaName, text)], metafile: made.metafile };
}

/** What a module prints; a module that fails is a failure of the build, told by the last lines of its error. */
function runModule(root: string, code: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      ['--input-type=module', '-'],
      { cwd: root },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else
          reject(
            new BuildFailure(`${schemaSource}: estateJsonSchema() failed.\n${stderr.trim().slice(-1_000)}`),
          );
      },
    );
    // A process that ends early closes its input; how it ended is reported above.
    child.stdin?.on('error', () => undefined).end(code);
  });
}

const textFile = (name: string, text: string): OutputFile => ({
  name,
  contents: new TextEncoder().encode(text),
});

/** The licences of every package of which code stands in a bundle, by name and version. */
async function notices(root: string, metafiles: readonly esbuild.Metafile[]): Promise<string> {
  const folders = new Set(metafiles.flatMap(bundledPackages));
  const entries = await Promise.all([...folders].map((folder) => notice(root, folder)));
  const sorted = [...new Set(entries)].toSorted();
  return ['Lifeboat contains code of these packages.', ...sorted].join(`\n\n${'-'.repeat(80)}\n`);
}

function bundledPackages(metafile: esbuild.Metafile): string[] {
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  return used
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
}

async function notice(root: string, folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(
    await readFile(join(root, folder, 'package.json'), 'utf8'),
  ) as Record<string, unknown>;
  const file = (await readdir(join(root, folder)))
    .toSorted()
    .find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (license === undefined && file === undefined)
    throw new BuildFailure(`${folder} states no licence: it must not be bundled.`);
  const text = file === undefined ? '' : `\n\n${(await readFile(join(root, folder, file), 'utf8')).trim()}`;
  return `${String(name)} ${String(version)} (${typeof license === 'string' ? license : 'see below'})${text}`;
}

async function readStamp(outDir: string): Promise<Stamp | undefined> {
  const text = await readOrUndefined(join(outDir, stampName));
  return text === undefined ? undefined : (JSON.parse(text.toString()) as Stamp);
}

async function isUpToDate(root: string, outDir: string, minify: boolean, stamp: Stamp): Promise<boolean> {
  const inputs = await hashInputs(root, Object.keys(stamp.inputs), minify);
  if (JSON.stringify(inputs) !== JSON.stringify(stamp.inputs)) return false;
  const hashes = Object.entries(stamp.outputs).map(async ([name, { hash }]) => {
    const contents = await readOrUndefined(join(outDir, name));
    return contents !== undefined && sha256(contents) === hash;
  });
  return (await Promise.all(hashes)).every(Boolean);
}

/** Path → hash, sorted; a missing file has a hash of its own, so that its appearance is a change. */
async function hashInputs(
  root: string,
  sources: readonly string[],
  minify: boolean,
): Promise<Stamp['inputs']> {
  const paths = [...new Set([...sources, ...configurationInputs, schemaSource])]
    .filter((path) => path !== 'minify')
    .toSorted();
  const hashed = await Promise.all(
    paths.map(
      async (path) => [path, sha256((await readOrUndefined(join(root, path))) ?? 'missing')] as const,
    ),
  );
  return { ...Object.fromEntries(hashed), minify: String(minify) };
}

const hashOutputs = (outputs: readonly OutputFile[]): Stamp['outputs'] =>
  Object.fromEntries(
    outputs.map(({ name, contents }) => [name, { hash: sha256(contents), bytes: contents.byteLength }]),
  );

const sha256 = (contents: string | Uint8Array): string => createHash('sha256').update(contents).digest('hex');

async function publish(outDir: string, files: readonly OutputFile[]): Promise<void> {
  const aside = join(outDir, `.tmp-${randomUUID()}`);
  await mkdir(aside, { recursive: true });
  try {
    for (const { name, contents, executable } of files) {
      await writeFile(join(aside, name), contents);
      await chmod(join(aside, name), executable === true ? 0o755 : 0o644);
    }
    for (const { name } of files) await rename(join(aside, name), join(outDir, name));
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  await removeLeftOvers(outDir, new Set(files.map(({ name }) => name)));
}

/** Removes files that no build makes any more, and what a killed build left; a living build's files are recent. */
async function removeLeftOvers(outDir: string, made: ReadonlySet<string>): Promise<void> {
  for (const name of (await readdir(outDir)).filter((entry) => !made.has(entry))) {
    const path = join(outDir, name);
    const modified = name.startsWith('.tmp-') ? (await stat(path).catch(ignoreMissing))?.mtimeMs : 0;
    if (modified !== undefined && Date.now() - modified > abandonedMs)
      await rm(path, { recursive: true, force: true });
  }
}

const readOrUndefined = (path: string): Promise<Buffer | undefined> => readFile(path).catch(ignoreMissing);

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

/** Builds for a person: prints what was made, or what is wrong without a stack trace. */
async function main(): Promise<void> {
  try {
    const { outDir, upToDate, files, milliseconds } = await build({
      minify: process.argv.includes('--minify'),
    });
    for (const { name, bytes } of files)
      console.log(`${`${(bytes / 1_024).toFixed(0)} KiB`.padStart(9)}  ${name}`);
    console.log(`${upToDate ? 'Up to date' : 'Built'}: ${outDir} in ${(milliseconds / 1_000).toFixed(2)} s`);
  } catch (error) {
    if (!(error instanceof BuildFailure)) throw error;
    console.error(`The build failed.\n${error.message}`);
    process.exitCode = 1;
  }
}

if (import.meta.main) await main();
