/**
 * How long it takes to verify an audit log offline: logs of several lengths as `lifeboat audit export` leaves them, made
 * by the writer's own rules and signed with a key of this run: `bench/audit.ts [--entries 100000,1000000] [--rounds 3]`.
 */
import { execFile } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { parseArgs, promisify } from 'node:util';
import type { AuditCheckpoint, AuditDraft } from '../src/contracts/audit.ts';
import type { PublicKey } from '../src/contracts/signing.ts';
import { chainBeginning, continueAction, linkEntries, segmentNamed } from '../src/policy/audit-chain.ts';
import { canonicalJson, digestOf } from '../src/policy/canonical-json.ts';
import { checkpointType, compactJws, signingInput } from '../src/policy/jws.ts';
import { safetyMargins } from '../src/policy/safety-margins.ts';
import { thumbprintOf } from '../src/policy/signing-keys.ts';
import { median } from './measure.ts';
import { BenchProblem, runBench, wholeNumber } from './problem.ts';

const scope = { system: 'lms', region: 'eastus' };
/** The goal: a million entries in less than so many seconds. */
const goal = { entries: 1_000_000, seconds: 10 };
const entriesPerSegment = safetyMargins.segmentBlocks;

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const jwk = publicKey.export({ format: 'jwk' }) as PublicKey;

interface Run {
  readonly verdict: string;
  readonly entries: number;
  readonly checkpoints: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

/** What an automation enters before it deletes a backup: about 700 bytes a line. */
function draftOf(n: number): AuditDraft {
  const server = `/subscriptions/8a1d5c1e-0b51-4a7e-9d3c-5f6b7c8d9e0f/resourceGroups/rg-lms-eastus/providers/Microsoft.DBforPostgreSQL/flexibleServers/lms-eastus`;
  const instance = `prune.lms.eastus.${n}`;
  const said = {
    actor: { kind: 'automation', subject: 'lifeboat-eastus', function: 'deleteBackup', instance } as const,
    ...{ action: 'delete-backup', target: `${server}/backups/lifeboat-${n}`, stage: 'intent' as const },
    ...{ reason: `it is ${n % 400} hours old, past the window of 168 hours`, detail: {} },
  };
  return { ...said, at: '2026-11-28T01:30:04.114Z', step: digestOf(said) };
}

/** Writes a log of about so many entries; the bytes of its segments. */
async function makeLog(folder: string, entries: number): Promise<number> {
  for (const kind of ['segments', 'checkpoints']) await mkdir(path.join(folder, kind), { recursive: true });
  const checkpoints = createWriteStream(path.join(folder, 'checkpoints', '2026-11.jsonl'));
  let head = chainBeginning(scope);
  let total = 0;
  while (head.sequence < entries) {
    const segment = segmentNamed(head.sequence + 1);
    const out = createWriteStream(path.join(folder, 'segments', segment));
    let bytes = 0;
    const add = async (drafts: readonly AuditDraft[]): Promise<void> => {
      const linked = linkEntries(head, drafts);
      const text = linked.lines.map((line) => `${line}\n`).join('');
      head = linked.head;
      bytes += Buffer.byteLength(text);
      if (!out.write(text)) await once(out, 'drain');
    };
    const last = Math.min(entries, head.sequence + entriesPerSegment);
    while (head.sequence < last) {
      const count = Math.min(safetyMargins.checkpointEntries, last - head.sequence);
      await add(Array.from({ length: count }, (_, n) => draftOf(head.sequence + n)));
      checkpoints.write(`${signed({ ...head, segment, bytes })}\n`);
    }
    const next = `v1/lms/eastus/audit/${segmentNamed(head.sequence + 2)}`;
    await add([{ ...draftOf(0), action: continueAction, target: next }]);
    if (head.sequence >= entries) checkpoints.write(`${signed({ ...head, segment, bytes })}\n`);
    out.end();
    await once(out, 'finish');
    total += bytes;
  }
  checkpoints.end();
  await once(checkpoints, 'finish');
  const manifest = { schema: 'lifeboat/audit-files/v1', ...scope, at: '2026-11-28T02:00:00.000Z', files: [] };
  await writeFile(path.join(folder, 'audit.json'), JSON.stringify(manifest));
  await writeFile(path.join(folder, 'key.json'), JSON.stringify(jwk));
  return total;
}

function signed(at: Pick<AuditCheckpoint, 'sequence' | 'digest' | 'segment' | 'bytes'>): string {
  const checkpoint = {
    schema: 'lifeboat/audit-checkpoint/v1',
    ...scope,
    at: '2026-11-28T01:40:00.000Z',
    ...at,
  };
  const header = { alg: 'ES384', iat: 1_795_830_000, kid: thumbprintOf(jwk), typ: checkpointType } as const;
  const input = signingInput(header, canonicalJson(checkpoint));
  return compactJws(
    input,
    sign('sha384', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  );
}

async function verify(folder: string): Promise<Run> {
  const program = path.join(import.meta.dirname, 'programs', 'verify-audit.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [
    program,
    folder,
    path.join(folder, 'key.json'),
  ]);
  const measured = JSON.parse(stdout) as Run;
  if (measured.verdict !== 'verified') throw new BenchProblem(`the log does not verify: ${stdout}`);
  return measured;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      entries: { type: 'string', default: '100000,1000000' },
      rounds: { type: 'string', default: '3' },
    },
  });
  const lengths = values.entries.split(',').map((text) => wholeNumber('entries', text, 1));
  const rounds = wholeNumber('rounds', values.rounds, 1);
  const [cpu] = cpus();
  process.stdout.write(`${cpu?.model}, ${cpus().length} cores; Node ${process.versions.node}\n`);
  process.stdout.write(
    '| entries | bytes | checkpoints | s (all rounds) | CPU s | peak MiB | load |\n|---|---|---|---|---|---|---|\n',
  );
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-audit-'));
  try {
    for (const entries of lengths) {
      const log = path.join(folder, String(entries));
      const bytes = await makeLog(log, entries);
      const runs: Run[] = [];
      for (let round = 0; round < rounds; round += 1) runs.push(await verify(log));
      const seconds = runs.map((run) => run.seconds);
      const [first] = runs as [Run];
      const cells = [
        ...[first.entries, bytes, first.checkpoints],
        `${median(seconds).toFixed(1)} (${seconds.map((one) => one.toFixed(1)).join(', ')})`,
        ...[
          median(runs.map((run) => run.cpuSeconds)).toFixed(1),
          Math.max(...runs.map((run) => run.peakMiB)).toFixed(0),
        ],
        (loadavg()[0] ?? 0).toFixed(1),
      ];
      process.stdout.write(`| ${cells.join(' | ')} |\n`);
      if (entries >= goal.entries && median(seconds) * (goal.entries / entries) > goal.seconds)
        process.exitCode = 1;
      await rm(log, { recursive: true });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await runBench(main);
