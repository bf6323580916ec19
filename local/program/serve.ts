/**
 * What the servers of the embedded stack that read a configuration file have in common: `--config <file.json>` on the
 * command line, one line `READY {…addresses}` on standard output when everything is up, an orderly end with exit code 0
 * on SIGTERM or SIGINT, and exit code 1 with one message when it cannot start.
 */
import { parseArgs } from 'node:util';

/** What was started: what is told about it, and how it ends. */
export interface Serving {
  readonly addresses: object;
  close(): Promise<void>;
}

export interface Program {
  /** The program's file from the root of the project, for its usage. */
  readonly file: string;
  /** Starts with the configuration in that file; resolves once it serves. */
  readonly start: (configFile: string) => Promise<Serving>;
  /** What to tell a person of an error with one of these codes, beside those that every server has. */
  readonly explanations?: Readonly<Record<string, string>>;
}

/** Runs the program until it is told to stop; ends the process. */
export async function serve(program: Program): Promise<never> {
  try {
    await untilStopped(program);
  } catch (error) {
    process.stderr.write(`${explain(program, error as NodeJS.ErrnoException)}\n`);
    process.exit(1);
  }
  process.exit(0);
}

async function untilStopped({ file, start }: Program): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) throw new Error(`Usage: node ${file} --config <file.json>`);
  // Whoever started this process may be gone; that is no reason to stop serving.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  const stopSignals = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
  });
  const serving = await start(values.config);
  process.stdout.write(`READY ${JSON.stringify(serving.addresses)}\n`);
  await stopSignals;
  await serving.close();
}

function explain({ explanations = {} }: Program, error: NodeJS.ErrnoException): string {
  const { code = '', port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE')
    return `Port ${port} on 127.0.0.1 is taken by another program. Stop that program, or configure another port.`;
  if (code === 'ENOSPC') return 'The disk is full. Free some space, then start again.';
  return explanations[code] ?? error.message;
}
