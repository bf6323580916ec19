/** The command line of `npm start`. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Failure } from '../../src/policy/failure.ts';

export const usage = `npm start -- [options]

  --once              exit after one cycle: 0 every objective met, 2 an objective missed or damage found,
                      3 done in part, 1 a step failed; 69, 5, 64 and others as of lifeboat: it could not run
  --fresh             remove the state of earlier starts first
  --state DIR         where the embedded stack keeps its state (default .lifeboat)
  --estate FILE       the estate file (default estate.yaml)
  --clean-up-delay S  keep restored servers for S seconds after the checks
  --writer-every S    add a case to every system each S seconds (default 5; 0 never)
  --scale P           size of the sample estate at the first start, in percent (default 100)
  --json              print the final status as JSON on stdout; progress goes to stderr
  --help              this text

Ports: 10000 storage, 10001 the blob store behind it, 10443 resource manager, 10444 identity, 10447 key
vault, 10449 sample application, 10445, 10446 and 10448 control, 7071 and up one per region.
LIFEBOAT_PORT_OFFSET=N moves them all by N.`;

export interface Options {
  readonly once: boolean;
  readonly fresh: boolean;
  readonly stateDir: string;
  readonly estateFile: string;
  readonly cleanUpDelaySeconds: number;
  readonly writerEverySeconds: number;
  readonly scalePercent: number;
  readonly json: boolean;
  readonly help: boolean;
  readonly portOffset: number;
}

/** Reads the command line; throws `bad-input` naming what is wrong. */
export function readOptions(args: readonly string[], environment: NodeJS.ProcessEnv): Options {
  const values = parse(args);
  return {
    once: values.once ?? false,
    fresh: values.fresh ?? false,
    json: values.json ?? false,
    help: values.help ?? false,
    stateDir: path.resolve(values.state ?? '.lifeboat'),
    estateFile: path.resolve(values.estate ?? 'estate.yaml'),
    cleanUpDelaySeconds: wholeNumber('--clean-up-delay', values['clean-up-delay'] ?? '0', 86_400),
    writerEverySeconds: wholeNumber('--writer-every', values['writer-every'] ?? '5', 3_600),
    scalePercent: wholeNumber('--scale', values.scale ?? '100', 100, 1),
    portOffset: wholeNumber('LIFEBOAT_PORT_OFFSET', environment['LIFEBOAT_PORT_OFFSET'] ?? '0', 50_000),
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        once: flag,
        fresh: flag,
        json: flag,
        help: flag,
        state: text,
        estate: text,
        'clean-up-delay': text,
        'writer-every': text,
        scale: text,
      },
    }).values;
  } catch (error) {
    throw new Failure(
      'bad-input',
      error instanceof Error ? error.message : String(error),
      'See: npm start -- --help',
    );
  }
}

function wholeNumber(name: string, text: string, most: number, least = 0): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new Failure('bad-input', `${name} is "${text}"`, `Use a whole number from ${least} to ${most}.`);
}
