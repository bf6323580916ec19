import { open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archiveEverything } from '../../../local/postgres/archive.ts';
import { backupDataDir, takeBaseBackup, type BaseBackup } from '../../../local/postgres/base-backup.ts';
import type { Cluster } from '../../../local/postgres/cluster.ts';
import { restoreCluster, type RestoreRequest } from '../../../local/postgres/restore.ts';
import { parseSegmentName, segmentName } from '../../../local/postgres/wal.ts';
import { makeCluster, makeReachableFolder, removeFolder, startNewCluster } from './fixture.ts';

let dir: string;
let source: Cluster;
let session: pg.Client;
let backup: BaseBackup;
let backupDir: string;

beforeAll(async () => {
  dir = await makeReachableFolder();
  source = await startNewCluster(path.join(dir, 'source'));
  session = await source.connect();
  await session.query('CREATE TABLE visit (id bigint PRIMARY KEY, note text)');
  await session.query('INSERT INTO visit SELECT i, repeat(md5(i::text), 8) FROM generate_series(1, 4000) i');
  backupDir = path.join(dir, 'backup');
  backup = await takeBaseBackup(source, 'first', backupDir);
}, 30_000);

afterAll(async () => {
  await session.end();
  await source.stop('immediate');
  await removeFolder(dir);
});

test('a restore to a millisecond holds exactly the rows committed by then', async () => {
  await insert(4001, 4100);
  const at = await instantAfterCommit();
  await insert(4101, 4200);
  await archiveEverything(source);
  await withRestored({ kind: 'time', at }, async (restored) => {
    expect(await restored.withSession(countVisits)).toEqual({ count: '4100', newest: '4100' });
    await restored.withSession((client) =>
      client.query("INSERT INTO visit VALUES (9999, 'after the restore')"),
    );
  });
});

test('a restore to now works when nothing is committed afterwards', async () => {
  await insert(5001, 5010);
  const at = await instantAfterCommit();
  await archiveEverything(source);
  await withRestored({ kind: 'time', at }, async (restored) => {
    expect((await restored.withSession(countVisits)).newest).toBe('5010');
  });
});

test('a restore to the end of the backup replays no later change', async () => {
  await withRestored({ kind: 'immediate' }, async (restored) => {
    expect((await restored.withSession(countVisits)).newest).toBe('4000');
  });
});

test('a missing WAL segment is named and nothing is restored', async () => {
  const at = await instantAfterCommit();
  await archiveEverything(source);
  const victim = segmentName(1, backup.walStart.segment + 1n);
  await withMoved(path.join(source.paths.archiveDir, victim), async () => {
    await expect(withRestored({ kind: 'time', at }, async () => undefined)).rejects.toThrow(
      `WAL segment ${victim} is missing (it is not in the archive); cannot reach ${at.toISOString()}`,
    );
  });
});

test('a WAL segment that recovery does not need may be missing', async () => {
  const at = await instantAfterCommit();
  await archiveEverything(source);
  await insert(6001, 6001);
  await archiveEverything(source);
  const newest = (await readdir(source.paths.archiveDir))
    .filter((name) => parseSegmentName(name))
    .toSorted()
    .at(-1)!;
  await withMoved(path.join(source.paths.archiveDir, newest), async () => {
    await withRestored({ kind: 'time', at }, async (restored) => {
      expect(Number((await restored.withSession(countVisits)).newest)).toBeGreaterThanOrEqual(4000);
    });
  });
});

test('an instant whose WAL was never archived is refused instead of restoring what is there', async () => {
  await archiveEverything(source);
  const at = new Date(Date.now() + 3_600_000);
  await expect(withRestored({ kind: 'time', at }, async () => undefined)).rejects.toThrow(
    /was never archived/,
  );
});

test('a WAL segment with a foreign page is damaged', async () => {
  const at = await instantAfterCommit();
  await archiveEverything(source);
  const victim = path.join(source.paths.archiveDir, segmentName(1, backup.walStart.segment));
  await withFlippedByte(victim, 8192 + 9, async () => {
    await expect(withRestored({ kind: 'time', at }, async () => undefined)).rejects.toThrow(
      /WAL segment \w+ is damaged \(its page at byte 8192 does not belong there\)/,
    );
  });
});

test('a WAL record with a flipped byte stops the restore', async () => {
  // The record begins in a fresh segment, so that its first bytes lie where the position says.
  await archiveEverything(source);
  const { rows } = await session.query<{ name: string; offset: number }>(
    `SELECT file_name AS name, file_offset AS offset FROM pg_walfile_name_offset(pg_current_wal_insert_lsn())`,
  );
  const position = rows[0]!;
  await session.query("INSERT INTO visit VALUES (7000, repeat('the record to damage ', 20))");
  const at = await instantAfterCommit();
  await archiveEverything(source);
  await withFlippedByte(path.join(source.paths.archiveDir, position.name), position.offset + 60, async () => {
    await expect(withRestored({ kind: 'time', at }, async () => undefined)).rejects.toThrow(
      new RegExp(`WAL segment ${position.name} or the one after it is damaged: .*cannot reach`),
    );
  });
});

test.each([
  ['a flipped byte', 5000, /The base backup is damaged: the file base\/\d+\/\d+ has other content/],
])('a base backup with %s is refused', async (_damage, offset, message) => {
  const { rows } = await session.query<{ file: string }>("SELECT pg_relation_filepath('visit') AS file");
  const file = path.join(backupDataDir(backupDir), rows[0]!.file);
  await withFlippedByte(file, offset, async () => {
    await expect(withRestored({ kind: 'immediate' }, async () => undefined)).rejects.toThrow(message);
  });
});

test('a base backup without one of its files is refused', async () => {
  await withMoved(path.join(backupDataDir(backupDir), 'global/pg_control'), async () => {
    await expect(withRestored({ kind: 'immediate' }, async () => undefined)).rejects.toThrow(
      'The base backup is damaged: the file global/pg_control cannot be read (ENOENT)',
    );
  });
});

test('a base backup with an edited manifest is refused', async () => {
  await withFlippedByte(path.join(backupDir, 'backup_manifest'), 200, async () => {
    await expect(withRestored({ kind: 'immediate' }, async () => undefined)).rejects.toThrow(
      /The base backup is damaged: the manifest/,
    );
  });
});

test('a backup that breaks off leaves nothing that looks like a backup', async () => {
  const broken = path.join(dir, 'broken-backup');
  const stopped = await makeCluster(path.join(dir, 'not-running'));
  await expect(takeBaseBackup(stopped, 'broken', broken)).rejects.toThrow(/ECONNREFUSED/);
  expect((await readdir(dir)).filter((name) => name.startsWith('broken-backup'))).toEqual([]);
});

async function insert(from: number, to: number): Promise<void> {
  await session.query("INSERT INTO visit SELECT i, 'later' FROM generate_series($1::bigint, $2::bigint) i", [
    from,
    to,
  ]);
}

/** The first whole millisecond after every commit so far; later commits come after it. */
async function instantAfterCommit(): Promise<Date> {
  const at = Date.now() + 1;
  while (Date.now() <= at) await delay(1);
  return new Date(at);
}

async function countVisits(client: pg.Client): Promise<{ count: string; newest: string }> {
  const { rows } = await client.query<{ count: string; newest: string }>(
    'SELECT count(*)::text AS count, max(id)::text AS newest FROM visit',
  );
  return rows[0]!;
}

async function withRestored(
  target: RestoreRequest['target'],
  check: (restored: Cluster) => Promise<unknown>,
): Promise<void> {
  const restored = await makeCluster(path.join(dir, 'restored'), source.options.superuserPassword);
  try {
    await restoreCluster(restored, { ...backup, backupDir, archiveDir: source.paths.archiveDir, target });
    await check(restored);
  } finally {
    await restored.stop('immediate');
    await rm(restored.paths.dir, { recursive: true, force: true });
  }
}

async function withMoved(file: string, work: () => Promise<void>): Promise<void> {
  await rename(file, `${file}.moved`);
  try {
    await work();
  } finally {
    await rename(`${file}.moved`, file);
  }
}

async function withFlippedByte(file: string, offset: number, work: () => Promise<void>): Promise<void> {
  await flipByte(file, offset);
  try {
    await work();
  } finally {
    await flipByte(file, offset);
  }
}

async function flipByte(file: string, offset: number): Promise<void> {
  await using handle = await open(file, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, offset);
  byte[0] = byte[0]! ^ 1;
  await handle.write(byte, 0, 1, offset);
}
