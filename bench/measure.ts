/**
 * One measured run of a command: processor time with all its threads, wall time and peak memory as the kernel counted
 * them for that child, and what the command printed.
 */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchProblem } from './problem.ts';

export interface Command {
  readonly program: string;
  readonly parameters: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Seconds and MiB. */
export interface Figures {
  readonly cpu: number;
  readonly wall: number;
  readonly peak: number;
}

export interface Run extends Figures {
  readonly output: string;
}

const keptCharacters = 4_000;

/** Runs the command; a BenchProblem with its last words if it fails: a run that failed is no measurement. */
export async function measure(measurer: string, folder: string, command: Command): Promise<Run> {
  const file = join(folder, 'figures.json');
  const { program, parameters, environment } = command;
  const child = spawn(measurer, [file, program, ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const [output, errors] = [tailOf(child.stdout), tailOf(child.stderr)];
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0)
    throw new BenchProblem(
      `${program} ${parameters[0] ?? ''} … failed with ${code ?? 'a signal'}:\n${errors()}${output()}`,
    );
  const { user, system, wall, peakKiB } = JSON.parse(await readFile(file, 'utf8')) as Record<string, number>;
  return {
    cpu: (user ?? 0) + (system ?? 0),
    wall: wall ?? 0,
    peak: (peakKiB ?? 0) / 1_024,
    output: output(),
  };
}

/** Collects the end of what a stream says. */
function tailOf(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.on('data', (data: Buffer) => {
    text = (text + data.toString()).slice(-keptCharacters);
  });
  return () => text;
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
