/**
 * Who is measured: the scan as shipped and the engine alone, the floor in C, and rclone. Each is a command against a
 * site, and a look at what it said: a contender that did not do all of the work has no figures.
 */
import type { Command } from './measure.ts';
import { BenchProblem } from './problem.ts';
import type { EngineOrder, Outcome, ScanOrder } from './programs/arguments.ts';
import type { Site } from './sites.ts';
import type { Tools } from './tools.ts';

export type Contender =
  | { readonly kind: 'floor'; readonly isSecure: boolean }
  | ({ readonly kind: 'engine'; readonly onOneCore?: boolean } & Pick<
      EngineOrder,
      'threads' | 'concurrency' | 'isHashing'
    >)
  | ({ readonly kind: 'shipped' } & Pick<ScanOrder, 'mode' | 'concurrency' | 'hasLibrary'>)
  | { readonly kind: 'rclone'; readonly task: 'checksum' | 'size'; readonly flags: readonly string[] };

/** What a command is made with. */
export interface CommandParts {
  readonly site: Site;
  readonly tools: Tools;
  /** The vault of a shipped scan. */
  readonly vault: string;
}

const floorConnections = 16;

/** The command of a contender. */
export function commandOf(contender: Contender, parts: CommandParts): Command {
  if (contender.kind === 'floor') return floorCommand(contender.isSecure, parts);
  if (contender.kind === 'rclone') return rcloneCommand(contender, parts);
  return ourCommand(contender, parts);
}

function floorCommand(isSecure: boolean, { site, tools }: CommandParts): Command {
  const about = [String(site.port), site.path, site.namesFile];
  return isSecure
    ? { program: tools.floorTls, parameters: about }
    : { program: tools.floor, parameters: [...about, String(floorConnections)] };
}

function ourCommand(
  contender: Extract<Contender, { kind: 'engine' | 'shipped' }>,
  { site, tools, vault }: CommandParts,
): Command {
  const { account, container, certificate } = site;
  const { kind, ...rest } = contender;
  const order = JSON.stringify({ account, container, vault, ...rest });
  const parameters = [kind === 'engine' ? tools.engine : tools.scan, order];
  const environment = certificate === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificate };
  return contender.kind === 'engine' && contender.onOneCore === true
    ? { program: 'taskset', parameters: ['-c', '0', process.execPath, ...parameters], environment }
    : { program: process.execPath, parameters, environment };
}

function rcloneCommand(
  { task, flags }: Extract<Contender, { kind: 'rclone' }>,
  { site, tools }: CommandParts,
): Command {
  const remote = `:azureblob:${site.container}`;
  const certificate = site.certificate === undefined ? [] : ['--ca-cert', site.certificate];
  const signature = 'sv=2021-12-02&ss=b&srt=sco&sp=rl&sig=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
  return {
    program: tools.rclone,
    parameters: [
      ...(task === 'size' ? ['size', remote] : ['checksum', 'sha256', site.namesFile, remote, '--download']),
      ...flags,
      ...certificate,
    ],
    environment: { RCLONE_CONFIG: '', RCLONE_AZUREBLOB_SAS_URL: `${site.account}?${signature}` },
  };
}

/** Throws unless the contender says that it looked at every blob and found it right. */
export function assertComplete(label: string, contender: Contender, output: string, site: Site): void {
  const problem = shortfall(contender, output, site);
  if (problem !== undefined) throw new BenchProblem(`${label} did not do all of the work: ${problem}`);
}

function shortfall(contender: Contender, output: string, site: Site): string | undefined {
  if (contender.kind === 'rclone') {
    // A checksum that differs is an exit code of its own.
    const isAll =
      contender.task === 'checksum' ||
      output.includes(`(${site.blobs})`) ||
      output.includes(`: ${site.blobs}\n`);
    return isAll ? undefined : output;
  }
  if (contender.kind === 'floor') {
    const { blobs, bytes, wrong } = JSON.parse(output) as Record<string, number>;
    return blobs === site.blobs && bytes === site.bytes && wrong === 0 ? undefined : output;
  }
  const { listed, hashed, bytes, doubtful } = JSON.parse(output) as Outcome;
  const isHashing = contender.kind === 'engine' ? contender.isHashing : contender.mode === 'full';
  const isAll = isHashing ? hashed === site.blobs && bytes === site.bytes : hashed === 0;
  return isAll && listed === site.blobs && doubtful === 0 ? undefined : output;
}
