/** The command line of the simulator, read once; whatever is wrong with it is said in one sentence. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

export interface Options {
  readonly from: number;
  readonly seeds: number;
  readonly days: number;
  readonly jobs: number;
  readonly isJson: boolean;
}

/** A command line that cannot be followed. */
export class UsageError extends Error {}

export const usage = `Usage: npm run simulate -- [--seeds N] [--from S] [--seed S] [--days D] [--jobs J] [--json]
  --seeds N  so many seeds, one after the other (500)
  --from S   the first of them (1)
  --seed S   this one alone, to replay it
  --days D   virtual days of each (30)
  --jobs J   threads (one for each core)
  --json     one line of JSON for each seed, and one for all
Exit code: 0 all invariants hold; 2 one was broken, or a workflow was never run; 64 wrong usage.`;

const settings = {
  seeds: { type: 'string', default: '500' },
  from: { type: 'string', default: '1' },
  seed: { type: 'string' },
  days: { type: 'string', default: '30' },
  jobs: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

/** Reads the arguments; throws `UsageError`. */
export function readOptions(args: readonly string[]): Options {
  const values = parse(args);
  const number = (name: string, text: string, least: number): number => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new UsageError(`--${name} ${text}: give a whole number, at least ${least}.`);
  };
  const one = values.seed === undefined ? undefined : number('seed', values.seed, 0);
  return {
    from: one ?? number('from', values.from, 0),
    seeds: one === undefined ? number('seeds', values.seeds, 1) : 1,
    days: number('days', values.days, 1),
    jobs: values.jobs === undefined ? availableParallelism() : number('jobs', values.jobs, 1),
    isJson: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: settings, strict: true }).values;
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}
