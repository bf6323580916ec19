/**
 * The programs that a bench needs: those of the machine (a C compiler, nginx, rclone), looked for before anything is
 * measured, and its own, built into a folder: the C programs with gcc, ours with esbuild exactly as the product is.
 */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as esbuild from 'esbuild';
import { BenchProblem } from './problem.ts';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));

/** Where each program is. */
export interface Tools {
  readonly measure: string;
  readonly floor: string;
  readonly floorTls: string;
  readonly storeServer: string;
  /** Bundles for this Node. */
  readonly engine: string;
  readonly scan: string;
  readonly nginx: string;
  readonly rclone: string;
  readonly rcloneVersion: RcloneVersion;
}

export interface RcloneVersion {
  readonly rclone: string;
  readonly go: string;
  /** Built with a Go whose SHA-256 does not use the processor's instructions for it (before 1.21). */
  readonly isSlow: boolean;
}

/** Finds and builds all programs; throws a BenchProblem that says what to install. */
export async function makeTools(folder: string, rclone: string): Promise<Tools> {
  await mkdir(folder, { recursive: true });
  const rcloneVersion = await versionOfRclone(rclone);
  await present('nginx', ['-v'], 'apt-get install nginx-light');
  await present('gcc', ['--version'], 'apt-get install gcc libc6-dev libssl-dev');
  const [measure, floor, floorTls, storeServer] = await Promise.all([
    compile(folder, 'measure', []),
    compile(folder, 'floor', ['-lcrypto']),
    compile(folder, 'floor-tls', ['-lssl', '-lcrypto']),
    compile(folder, 'store-server', ['-lcrypto']),
  ]);
  await bundle(folder);
  return {
    ...{ measure, floor, floorTls, storeServer, nginx: 'nginx', rclone, rcloneVersion },
    engine: join(folder, 'engine.mjs'),
    scan: join(folder, 'scan.mjs'),
  };
}

async function versionOfRclone(rclone: string): Promise<RcloneVersion> {
  const text = await present(rclone, ['version'], 'apt-get install rclone, or name one with --rclone');
  const version = /^rclone (\S+)/.exec(text)?.[1] ?? 'unknown';
  const go = /go\/version: go(\S+)/.exec(text)?.[1] ?? 'unknown';
  const [major = 0, minor = 0] = go.split('.').map(Number);
  return { rclone: version, go, isSlow: major === 1 && minor < 21 };
}

async function present(program: string, parameters: string[], install: string): Promise<string> {
  try {
    const { stdout, stderr } = await run(program, parameters);
    return stdout + stderr;
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    throw new BenchProblem(`${program} does not run (${said.split('\n')[0] ?? ''}). Install it: ${install}.`);
  }
}

async function compile(folder: string, name: string, libraries: readonly string[]): Promise<string> {
  const program = join(folder, name);
  const flags = ['-O2', '-D_GNU_SOURCE', '-std=gnu17', '-Wall', '-Wextra', '-o', program];
  try {
    await run('gcc', [...flags, join(here, 'native', `${name}.c`), ...libraries]);
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    throw new BenchProblem(`bench/native/${name}.c does not compile; libssl-dev may be missing.\n${said}`);
  }
  return program;
}

async function bundle(folder: string): Promise<void> {
  await esbuild.build({
    entryPoints: {
      engine: join(here, 'programs/engine.ts'),
      scan: join(here, 'programs/scan.ts'),
      'scan-worker': join(here, '../src/scan-engine/scan-worker.ts'),
    },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    ...{
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node22',
      logLevel: 'error',
    },
    mainFields: ['module', 'main'],
    banner: {
      js: "import { createRequire as benchRequire } from 'node:module'; const require = benchRequire(import.meta.url);",
    },
  });
}
