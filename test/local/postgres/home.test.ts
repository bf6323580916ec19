import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findAccount, reachesByMode, type Account } from '../../../local/postgres/account.ts';
import { choosePostgresHome, removePostgresHome } from '../../../local/postgres/home.ts';
import { prepareRuntime } from '../../../local/postgres/runtime.ts';

const someAccount: Account = { name: 'daemon', uid: 1, gid: 1 };
let temporary: string;
let shared: string;
let stateDir: string;

beforeEach(async () => {
  temporary = await mkdtemp(path.join(os.tmpdir(), 'home-'));
  shared = path.join(temporary, 'shared');
  stateDir = path.join(temporary, 'clone', '.lifeboat');
  await mkdir(shared, { mode: 0o755 });
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

test('the home is the state folder when its owner runs PostgreSQL', async () => {
  expect(await choosePostgresHome(stateDir, { account: undefined })).toBe(path.join(stateDir, 'postgres'));
});

test('the home is the state folder when the account can enter it', async () => {
  const home = await choosePostgresHome(stateDir, { account: someAccount, reaches: async () => true });
  expect(home).toBe(path.join(stateDir, 'postgres'));
});

test('the home lies outside, is found again and is removed when the account cannot enter the state folder', async () => {
  const options = { account: someAccount, reaches: async () => false, sharedRoot: shared };
  const home = await choosePostgresHome(stateDir, options);
  expect(path.dirname(home)).toBe(shared);
  expect(path.basename(home)).toMatch(/^lifeboat-[0-9a-f]{16}$/);
  expect((await stat(home)).mode & 0o777).toBe(0o755);
  expect(await choosePostgresHome(stateDir, { account: undefined })).toBe(home);
  expect(await removePostgresHome(stateDir)).toBe(home);
  expect(await readdir(shared)).toEqual([]);
  expect(await removePostgresHome(stateDir)).toBeUndefined();
});

test('a record that names a folder which is not a home never makes it removed', async () => {
  const precious = path.join(temporary, 'precious');
  await mkdir(precious);
  await mkdir(stateDir, { recursive: true });
  await writeFile(path.join(stateDir, 'postgres-home.json'), JSON.stringify({ version: 1, home: precious }));
  expect(await removePostgresHome(stateDir)).toBeUndefined();
  expect((await stat(precious)).isDirectory()).toBe(true);
});

test('two state folders have two homes', async () => {
  const options = { account: someAccount, reaches: async () => false, sharedRoot: shared };
  const other = path.join(temporary, 'other', '.lifeboat');
  expect(await choosePostgresHome(stateDir, options)).not.toBe(await choosePostgresHome(other, options));
});

test('a folder is reached only when every folder above it can be entered', async () => {
  // The temporary folder itself is 0700; this process is not the account.
  const uid = (process.getuid?.() ?? 0) + 12_345;
  const stranger: Account = { name: 'stranger', uid, gid: uid };
  expect(await reachesByMode(stranger, shared)).toBe(false);
  await chmod(temporary, 0o711);
  expect(await reachesByMode(stranger, shared)).toBe(true);
  await chmod(shared, 0o700);
  expect(await reachesByMode(stranger, shared)).toBe(false);
});

test('programs that the account cannot execute are copied once to where it can', async () => {
  const reachable = path.join(temporary, 'reachable');
  const broken = path.join(temporary, 'installed');
  await mkdir(path.join(broken, 'bin'), { recursive: true });
  await chmod(temporary, 0o755);
  // A stand-in for programs below a 0700 folder: it only runs when it was copied.
  const script = `#!/bin/sh\ncase "$0" in ${reachable}/*) exit 0;; *) echo unreachable >&2; exit 1;; esac\n`;
  await writeFile(path.join(broken, 'bin', 'postgres'), script, { mode: 0o755 });
  const options = { reachableDir: reachable, account: undefined, installed: broken };
  const runtime = await prepareRuntime(options);
  expect(runtime.native).toBe(path.join(reachable, 'programs'));
  const copied = await stat(path.join(runtime.native, 'bin', 'postgres'));
  await prepareRuntime(options);
  expect((await stat(path.join(runtime.native, 'bin', 'postgres'))).ino).toBe(copied.ino);
});

test('programs that do not run anywhere are refused with their own words', async () => {
  const installed = path.join(temporary, 'installed');
  await mkdir(path.join(installed, 'bin'), { recursive: true });
  await writeFile(path.join(installed, 'bin', 'postgres'), '#!/bin/sh\necho libssl is gone >&2\nexit 127\n', {
    mode: 0o755,
  });
  const attempt = prepareRuntime({ reachableDir: path.join(temporary, 'r'), account: undefined, installed });
  await expect(attempt).rejects.toThrow(/libssl is gone/);
});

test('root is lent the first unprivileged account that exists, everybody else runs PostgreSQL as themselves', async () => {
  const passwd = path.join(temporary, 'passwd');
  await writeFile(
    passwd,
    'root:x:0:0::/root:/bin/sh\ndaemon:x:1:1::/:/bin/false\nnobody:x:65534:65533::/:/bin/false\n',
  );
  expect(findAccount(passwd, 0)).toEqual({ name: 'nobody', uid: 65534, gid: 65533 });
  expect(findAccount(passwd, 1000)).toBeUndefined();
  await writeFile(passwd, 'root:x:0:0::/root:/bin/sh\n');
  expect(() => findAccount(passwd, 0)).toThrow(/none of the accounts postgres, nobody, daemon/);
});
