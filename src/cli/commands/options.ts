/** The options that several commands share, each checked against its contract while the command line is read. */
import { InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import { startDrillRequest } from '../../contracts/api.ts';
import { regionName, shortId } from '../../contracts/values.ts';

/** What every command may be given; `profile` and `debug` belong to the program. */
export interface CommonOptions {
  readonly profile?: string;
  readonly debug?: boolean;
  readonly json?: boolean;
  readonly system?: string;
  readonly region?: string;
}

/** A parser for an option's value that refuses what the contract refuses. */
function checked<T>(shape: z.ZodType<T>): (text: string) => T {
  return (text) => {
    const parsed = shape.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(`It ${parsed.error.issues[0]?.message ?? 'is not valid'}.`);
  };
}

const longestDelaySeconds = 86_400;

function delaySeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds <= longestDelaySeconds) return seconds;
  throw new InvalidArgumentError(`It must be whole seconds, 0 to ${longestDelaySeconds}.`);
}

function pointOf(text: string): string {
  if (startDrillRequest.shape.point.safeParse(text).success) return text;
  throw new InvalidArgumentError('It must be latest or a recovery point such as on-demand-20260301T013000Z.');
}

/** `--system`, `--region` and the like; made anew for each command, since commander keeps state in them. */
export const options = {
  system: (): Option =>
    new Option('--system <id>', 'the system, by its id in the estate').argParser(checked(shortId)),
  region: (): Option =>
    new Option('--region <name>', 'the region, such as westeurope').argParser(checked(regionName)),
  json: (): Option => new Option('--json', 'write the answer as JSON'),
  wait: (): Option => new Option('--wait', 'show progress until it has ended; the exit code says how'),
  point: (): Option => new Option('--point <id>', 'the recovery point, or latest').argParser(pointOf),
  cleanUpDelay: (): Option =>
    new Option('--clean-up-delay <seconds>', 'keep restored servers so long after the checks').argParser(
      delaySeconds,
    ),
};
