/**
 * The integrity scan beside its peers: `bench/scan.ts [row…] [--pairs 5] [--scale 1] [--folder …] [--rclone …] [--json]`.
 * Prints one table for each row with the goals that were met or missed. Exits with 1 if a goal was missed.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BenchProblem, runBench, wholeNumber } from './problem.ts';
import { race, type RowResult } from './race.ts';
import { allRows, type Row } from './rows.ts';
import { killServers } from './sites.ts';
import { tableOf } from './table.ts';
import { makeTools, type Tools } from './tools.ts';

interface Options {
  readonly rows: readonly string[];
  readonly pairs: number;
  readonly scale: number;
  readonly folder: string;
  readonly rclone: string;
  readonly isJson: boolean;
}

const usage = 'bench/scan.ts [row…] [--pairs 5] [--scale 1] [--folder FOLDER] [--rclone PROGRAM] [--json]';

function readOptions(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      pairs: { type: 'string', default: '5' },
      scale: { type: 'string', default: '1' },
      folder: { type: 'string', default: join(tmpdir(), 'lifeboat-bench') },
      rclone: { type: 'string', default: 'rclone' },
      json: { type: 'boolean', default: false },
    },
  });
  const pairs = wholeNumber('pairs', values.pairs, 1);
  const scale = Number(values.scale);
  if (!(scale > 0 && scale <= 1)) throw new BenchProblem('--scale takes a number above 0 and at most 1.');
  const { rclone, json } = values;
  return { rows: positionals, pairs, scale, folder: resolve(values.folder), rclone, isJson: json };
}

async function main(): Promise<void> {
  const options = readOptions();
  const { folder, isJson } = options;
  await mkdir(folder, { recursive: true });
  // Corpora stay for the next run; what is only of this one goes with it.
  const scratch = await mkdtemp(join(folder, 'run-'));
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  process.once('exit', () => {
    killServers();
    rmSync(scratch, { recursive: true, force: true });
  });
  const results = await measureRows(options, scratch);
  if (isJson) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  if (results.some(({ goals }) => goals.some(({ isMet }) => !isMet))) process.exitCode = 1;
}

async function measureRows(options: Options, scratch: string): Promise<RowResult[]> {
  const { folder, scale, pairs, isJson } = options;
  const tools = await makeTools(join(scratch, 'programs'), options.rclone);
  const rows = chosenRows(options.rows, allRows(tools.rcloneVersion));
  const say = (text: string): void => void (isJson || process.stdout.write(`${text}\n`));
  say(`${machine(tools, options)}\n`);
  const results: RowResult[] = [];
  for (const row of rows) {
    const result = await race(row, pairs, { folder, scratch, tools, scale }, note);
    note('');
    results.push(result);
    say(tableOf(result));
  }
  return results;
}

function chosenRows(ids: readonly string[], rows: readonly Row[]): readonly Row[] {
  const known = rows.map(({ id }) => id);
  const unknown = ids.filter((id) => !known.includes(id));
  if (unknown.length > 0)
    throw new BenchProblem(`There is no row ${unknown.join(', ')}. Rows: ${known.join(', ')}.\n${usage}`);
  return ids.length === 0 ? rows : rows.filter(({ id }) => ids.includes(id));
}

/** What the figures depend on. */
function machine(tools: Tools, { pairs, scale }: Options): string {
  const { rclone, go, isSlow } = tools.rcloneVersion;
  // nginx tells its version on standard error.
  const nginx = spawnSync(tools.nginx, ['-v'], { encoding: 'utf8' }).stderr.trim();
  const model = cpus()[0]?.model ?? 'unknown processor';
  return [
    `${model}, ${cpus().length} cores; Node ${process.versions.node}, OpenSSL ${process.versions.openssl ?? ''}; ${nginx}`,
    `rclone ${rclone} built with Go ${go}${isSlow ? ': its SHA-256 is slow, so the goals against its CPU are 0.21 × (small blobs) and 0.40 × (large blobs)' : ''}`,
    `${new Date().toISOString()}; medians of ${pairs} rounds; scale ${scale}; load average ${(loadavg()[0] ?? 0).toFixed(1)}`,
  ].join('\n');
}

/** Shows at a terminal what is going on; the same line again and again. */
function note(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}

await runBench(main);
