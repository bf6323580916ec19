/**
 * Decides under which account PostgreSQL runs. It refuses to run as root, so root lends it an existing unprivileged
 * account; every other user runs it as itself. Everything PostgreSQL reads or writes must be reachable by that account.
 */
import { readFileSync } from 'node:fs';
import { chown, mkdir, readdir, realpath, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** An unprivileged account that root starts PostgreSQL as. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Answers whether an account can enter a folder, given every folder above it. */
export type Reaches = (account: Account, dir: string) => Promise<boolean>;

const preferredAccounts = ['postgres', 'nobody', 'daemon'];

/** The account that PostgreSQL must be started as, or undefined when the current user can run it itself. */
export function findAccount(passwdFile = '/etc/passwd', uid = process.getuid?.()): Account | undefined {
  if (process.platform === 'win32' || uid !== 0) return undefined;
  const entries = readFileSync(passwdFile, 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of preferredAccounts) {
    const entry = entries.find((fields) => fields[0] === name && Number(fields[2]) > 0);
    if (entry !== undefined) return { name, uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new Error(
    `PostgreSQL does not run as root, and ${passwdFile} has none of the accounts ${preferredAccounts.join(', ')}. ` +
      'Start as an ordinary user, or create one of these accounts.',
  );
}

/** The options that make `child_process.spawn` run as the account. */
export function asAccount(account: Account | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid };
}

/** Whether the account can enter `dir`: the mode bits of it and of every folder above it allow that. */
export async function reachesByMode(account: Account, dir: string): Promise<boolean> {
  for (let current = await realpath(dir); ; current = path.dirname(current)) {
    const { mode, uid, gid } = await stat(current);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (current === path.dirname(current)) return true;
  }
}

/** Gives one file or folder to the account; without an account it already belongs to the right one. */
export async function giveTo(account: Account | undefined, target: string): Promise<void> {
  if (account !== undefined) await chown(target, account.uid, account.gid);
}

/** Creates a private folder (0700) that belongs to the account; missing folders above it stay enterable (0755). */
export async function makePrivateFolder(account: Account | undefined, dir: string): Promise<void> {
  await mkdir(path.dirname(dir), { recursive: true, mode: 0o755 });
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await giveTo(account, dir);
}

/** Writes a private file (0600) that belongs to the account. */
export async function writePrivateFile(
  account: Account | undefined,
  file: string,
  content: string | Buffer,
): Promise<void> {
  await writeFile(file, content, { mode: 0o600 });
  await giveTo(account, file);
}

/** The folders below `dir`, relative to it, parents before children. */
export async function listFolders(dir: string, below = ''): Promise<readonly string[]> {
  const entries = await readdir(path.join(dir, below), { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.filter((each) => each.isDirectory())) {
    const relative = path.join(below, entry.name);
    found.push(relative, ...(await listFolders(dir, relative)));
  }
  return found;
}
