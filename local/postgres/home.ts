/**
 * Decides where PostgreSQL's binaries and data lie. Normally that is the state folder; when root runs the stack below
 * a folder that the unprivileged account cannot enter, it is a folder of its own under a shared place. The choice is
 * recorded in the state folder, so that the next start finds the same data and a fresh start can remove it.
 */
import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findAccount, reachesByMode, type Account, type Reaches } from './account.ts';
import { stopOrphanedPostmasters } from './postmaster.ts';

const recordName = 'postgres-home.json';

/** Replaceable parts of the choice. */
export interface HomeOptions {
  readonly account?: Account | undefined;
  readonly reaches?: Reaches;
  /** Where a home outside the state folder is created. */
  readonly sharedRoot?: string;
}

/** The folder for PostgreSQL's binaries and data: inside `stateDir`, or outside when its account cannot enter that. */
export async function choosePostgresHome(stateDir: string, options: HomeOptions = {}): Promise<string> {
  await mkdir(stateDir, { recursive: true });
  const account = 'account' in options ? options.account : findAccount();
  const recorded = await readRecord(stateDir);
  const home = recorded ?? (await decideHome(stateDir, account, options));
  await mkdir(home, { recursive: true, mode: 0o755 });
  await refuseForeignFolder(home);
  if (recorded === undefined) await writeRecord(stateDir, home);
  return home;
}

/** Stops what still runs from the recorded home, removes it and its record; returns the removed folder. */
export async function removePostgresHome(stateDir: string): Promise<string | undefined> {
  const home = await readRecord(stateDir);
  if (home === undefined) return undefined;
  await stopOrphanedPostmasters(home);
  await rm(home, { recursive: true, force: true });
  await rm(path.join(stateDir, recordName), { force: true });
  return home;
}

async function decideHome(
  stateDir: string,
  account: Account | undefined,
  options: HomeOptions,
): Promise<string> {
  const reaches = options.reaches ?? reachesByMode;
  if (account === undefined || (await reaches(account, stateDir))) return innerHome(stateDir);
  return outerHome(stateDir, options.sharedRoot ?? '/var/tmp');
}

function innerHome(stateDir: string): string {
  return path.join(path.resolve(stateDir), 'postgres');
}

async function outerHome(stateDir: string, sharedRoot: string): Promise<string> {
  const hash = createHash('sha256')
    .update(await realpath(stateDir))
    .digest('hex');
  return path.join(sharedRoot, `lifeboat-${hash.slice(0, 16)}`);
}

// A shared place is writable by everybody: a folder that somebody else put there must not be trusted.
async function refuseForeignFolder(home: string): Promise<void> {
  const found = await lstat(home);
  const uid = process.getuid?.();
  if (!found.isDirectory() || (uid !== undefined && found.uid !== uid)) {
    throw new Error(`${home} belongs to somebody else. Remove it, then start again.`);
  }
}

async function readRecord(stateDir: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(path.join(stateDir, recordName), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { home } = JSON.parse(text) as { home: string };
  // Only a folder made by this module may ever be removed, whatever the record says. A state folder that was moved
  // or copied names another folder's data.
  const own = home === innerHome(stateDir) || (await isOuterHomeOf(stateDir, home));
  return own ? home : undefined;
}

async function isOuterHomeOf(stateDir: string, home: string): Promise<boolean> {
  return home === (await outerHome(stateDir, path.dirname(home)));
}

async function writeRecord(stateDir: string, home: string): Promise<void> {
  const file = path.join(stateDir, recordName);
  await writeFile(`${file}.new`, `${JSON.stringify({ version: 1, home })}\n`);
  await rename(`${file}.new`, file);
}
