/**
 * One thing is broken at a time: the drill is not passed and says exactly what is wrong. After each test the thing is
 * put right again, and at the end a drill must pass.
 */
import { createHash } from 'node:crypto';
import { open, readdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import type { BlockBlobClient } from '@azure/storage-blob';
import { expect, test } from 'vitest';
import type { ServerFiles } from '../support/control.ts';
import type { ReportView } from '../support/lifeboat-api.ts';
import { region, shared, system } from './shared-stack.ts';

/** Registers the tests. */
export function sabotageTests(): void {
  test('a missing WAL segment: the restore failed and names the segment', async () => {
    const { archiveDir, backup } = await sourceFiles();
    const segment = firstSegment(backup);
    const file = path.join(archiveDir, segment);
    await rename(file, `${file}.aside`);
    try {
      expectNotRestored(await shared.api.drill(system), `WAL segment ${segment} is missing`);
    } finally {
      await rename(`${file}.aside`, file);
    }
  });

  test('a damaged base backup: the restore failed and names the file', async () => {
    const dataDir = path.join((await sourceFiles()).backup.dir, 'data');
    const name = await largestTableFile(dataDir);
    const flipBack = await flipBit(path.join(dataDir, name));
    try {
      expectNotRestored(await shared.api.drill(system), 'The base backup is damaged', name);
    } finally {
      await flipBack();
    }
  });

  test('a deleted blob that rows refer to: the check of the references names it as missing', async () => {
    const { name, client, content } = await someBlob();
    await client.delete();
    try {
      const report = await shared.api.drill(system);
      expectOnlyFailed(report, 'references', [`store cases: blob ${name} is missing: no such blob`]);
    } finally {
      await client.uploadData(content);
    }
  });

  test('a flipped bit in a blob: the check of the references names it and the digest of what stands there', async () => {
    const { name, client, content } = await someBlob();
    const flipped = Buffer.from(content);
    flipped[flipped.length >> 1]! ^= 1;
    await client.uploadData(flipped);
    const digest = createHash('sha256').update(flipped).digest('hex');
    try {
      const report = await shared.api.drill(system);
      expectOnlyFailed(report, 'references', [
        `store cases: blob ${name} is digest-mismatch: its content hashes to ${digest}`,
      ]);
    } finally {
      await client.uploadData(content);
    }
  });

  test('an emptied table in the restored database: the fingerprint names it with both counts', async () => {
    await shared.stack.control.tamperWithNextRestore('unite', 'TRUNCATE unite.message');
    const report = await shared.api.drill(system);
    expectOnlyFailed(report, 'fingerprint', [
      expect.stringMatching(
        /^table unite\.message has another number of rows: expected [1-9]\d* rows, checksum -?\d+, found 0 rows, checksum 0$/,
      ),
    ]);
  });

  test('two tables that are swapped: schema and fingerprint name both', async () => {
    const swap = `ALTER TABLE unite.clinic RENAME TO aside; ALTER TABLE unite.lab RENAME TO clinic;
      ALTER TABLE unite.aside RENAME TO lab`;
    await shared.stack.control.tamperWithNextRestore('unite', swap);
    const report = await shared.api.drill(system);
    const [schema, fingerprint, ...others] = report.checks.filter(({ status }) => status !== 'passed');
    expect(others).toEqual([]);
    expect(schema).toMatchObject({ id: 'schema', status: 'failed' });
    expect(schema?.findings).toContainEqual(expect.stringMatching(/^column unite\.clinic\.\w+ is another: /));
    expect(fingerprint).toMatchObject({
      id: 'fingerprint',
      findings: [
        expect.stringMatching(/^table unite\.clinic has /),
        expect.stringMatching(/^table unite\.lab has /),
      ],
    });
    expect(report.result).toBe('FAIL');
  });

  test('two rows whose values are swapped: the fingerprint names the table, although its count is right', async () => {
    const swap = `
      WITH pair AS (SELECT (array_agg(id ORDER BY id))[1] AS one, (array_agg(id ORDER BY id DESC))[1] AS other FROM unite.lab_order)
      UPDATE unite.lab_order o SET case_id = x.case_id FROM pair, unite.lab_order x
      WHERE (o.id = pair.one AND x.id = pair.other) OR (o.id = pair.other AND x.id = pair.one)`;
    await shared.stack.control.tamperWithNextRestore('unite', swap);
    const report = await shared.api.drill(system);
    expectOnlyFailed(report, 'fingerprint', [
      expect.stringMatching(/^table unite\.lab_order has other content/),
    ]);
  });

  test('heartbeats that are gone: the check says that there is none, and the RPO is not made up', async () => {
    await shared.stack.control.tamperWithNextRestore('unite', 'DELETE FROM lifeboat.heartbeat');
    const report = await shared.api.drill(system);
    expectOnlyFailed(report, 'heartbeat', [
      'the restored database holds no heartbeat: how recent it is cannot be said',
    ]);
    expect(report.recovery.rpo).toMatchObject({ verdict: 'inconclusive' });
    expect(report.recovery.rpo.achievedSeconds).toBeUndefined();
  });

  test('another instant than the one asked for: the check of the instant says so', async () => {
    await shared.stack.control.tamperWithNextRestore('unite', 'DELETE FROM lifeboat.marker');
    const report = await shared.api.drill(system);
    expectOnlyFailed(report, 'instant', [
      expect.stringMatching(/^the marker written just before \S+ is not there: this is an earlier point$/),
    ]);
  });

  test('a table emptied in the source after the point was taken is no damage: with everything put right the point passes', async () => {
    const [server] = await shared.stack.outsider(region).servers(`rg-unite-${region}`);
    await shared.stack.outsider(region).query(server!, 'unite', 'DELETE FROM unite.message');
    const report = await shared.api.drill(system);
    expect(report.result, report.reasons.join('; ')).toBe('PASS');
    expect(await shared.stack.control.faultsLeft()).toEqual([]);
    expect(await shared.stack.outsider(region).drillServers()).toEqual([]);
  });
}

type Backup = ServerFiles['backups'][number];

/** The archive and the on-demand backup from which the newest point is restored. */
async function sourceFiles(): Promise<{ archiveDir: string; backup: Backup }> {
  const { archiveDir, backups } = await shared.stack.control.filesOf(`rg-unite-${region}`, `unite-${region}`);
  const onDemand = backups.filter((one) => one.type === 'Customer On-Demand');
  const byAge = onDemand.toSorted((a, b) => Date.parse(a.restorableFrom) - Date.parse(b.restorableFrom));
  return { archiveDir, backup: byAge.at(-1)! };
}

/** The name of the first WAL segment that a restore of a backup must read; segments are of 1 MiB. */
function firstSegment({ walTimeline, walStart }: Backup): string {
  const number = BigInt(walStart);
  const parts = [BigInt(walTimeline), number / 4096n, number % 4096n];
  return parts.map((part) => part.toString(16).toUpperCase().padStart(8, '0')).join('');
}

/** The largest file of a backup's databases, as its manifest names it. */
async function largestTableFile(dataDir: string): Promise<string> {
  const names = await readdir(path.join(dataDir, 'base'), { recursive: true });
  const sized = await Promise.all(
    names.map(async (name) => ({ name, size: (await stat(path.join(dataDir, 'base', name))).size })),
  );
  return path.join('base', sized.toSorted((a, b) => b.size - a.size)[0]!.name);
}

/** Flips one bit in the middle of a file; the returned function flips it back. */
async function flipBit(file: string): Promise<() => Promise<void>> {
  const flip = async (): Promise<void> => {
    const handle = await open(file, 'r+');
    try {
      const middle = (await handle.stat()).size >> 1;
      const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, middle);
      await handle.write(Buffer.of(buffer[0]! ^ 1), 0, 1, middle);
    } finally {
      await handle.close();
    }
  };
  await flip();
  return flip;
}

/** A blob that rows of the source have referred to since before the point, with its content. */
async function someBlob(): Promise<{ name: string; client: BlockBlobClient; content: Buffer }> {
  const outsider = shared.stack.outsider(region);
  const [server] = await outsider.servers(`rg-unite-${region}`);
  const oldest =
    'SELECT content_address AS digest FROM unite.case_file WHERE content_address IS NOT NULL ORDER BY created_at LIMIT 1';
  const digest = (await outsider.query(server!, 'unite', oldest))[0]?.['digest'] as string;
  const name = `sha256/${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest}`;
  const client = outsider.container('uniteeus', 'cases').getBlockBlobClient(name);
  return { name, client, content: await client.downloadToBuffer() };
}

function expectNotRestored(report: ReportView, ...words: string[]): void {
  expect(report).toMatchObject({
    result: 'FAIL',
    statuses: { restore: 'failed', validation: 'not-run', cleanUp: 'not-needed' },
    recovery: { rto: { verdict: 'inconclusive' }, rpo: { verdict: 'inconclusive' } },
  });
  for (const word of words) expect(report.reasons.join()).toContain(word);
  expect(report.checks.map(({ status }) => status)).toEqual(report.checks.map(() => 'not-run'));
}

/** One check failed with these findings, every other one passed, and the server is gone. */
function expectOnlyFailed(report: ReportView, check: string, findings: unknown[]): void {
  expect(report.checks.filter(({ status }) => status !== 'passed')).toEqual([
    expect.objectContaining({ id: check, status: 'failed', findings }),
  ]);
  expect(report).toMatchObject({
    result: 'FAIL',
    statuses: { restore: 'done', validation: 'failed', cleanUp: 'done' },
  });
  expect(report.reasons[0]).toMatch(`check ${check}: `);
}
