import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findAccount } from '../../../local/postgres/account.ts';
import { choosePostgresHome, removePostgresHome } from '../../../local/postgres/home.ts';
import { findInstalledPrograms } from '../../../local/postgres/runtime.ts';
import { startNewCluster } from './fixture.ts';

let clone: string;
beforeEach(async () => {
  clone = await mkdtemp(path.join(os.tmpdir(), 'clone-'));
});
afterEach(() => rm(clone, { recursive: true, force: true }));

test('a cluster runs for a stack whose clone lies in a private folder', async () => {
  const stateDir = path.join(clone, '.lifeboat');
  const home = await choosePostgresHome(stateDir);
  try {
    // Root must lend an account, which cannot enter the clone; everybody else keeps the data in it.
    expect(home.startsWith(clone)).toBe(findAccount() === undefined);
    const cluster = await startNewCluster(path.join(home, 'servers', 'one'));
    const { rows } = await cluster.withSession((client) => client.query('SHOW data_checksums'));
    expect(rows).toEqual([{ data_checksums: 'on' }]);
    await cluster.stop();
  } finally {
    await removePostgresHome(stateDir);
  }
});

test('a platform without embedded PostgreSQL is named together with the supported ones', () => {
  expect(() => findInstalledPrograms('sunos', 'sparc')).toThrow(
    /platform sunos-sparc\. Supported: .*linux-x64/,
  );
});
