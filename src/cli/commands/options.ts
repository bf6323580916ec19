/** The options that several commands share, each checked against its contract while the command line is read. */
import { InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import { historyLimit } from '../../contracts/api/reports.ts';
import { askedScenario, drillPoint, drillSeed } from '../../contracts/drill.ts';
import { scanVerdicts } from '../../contracts/scan-documents.ts';
import { scanOrder } from '../../contracts/scan.ts';
import { continuation } from '../../contracts/routes/route.ts';
import { scanId } from '../../contracts/scrub.ts';
import { documentDigest, regionName, shortId } from '../../contracts/values.ts';

/** What an answer is written as. */
export const outputs = ['table', 'json', 'jsonl'] as const;

/** What every command may be given; `profile`, `as` and `debug` belong to the program. */
export interface CommonOptions {
  readonly profile?: string;
  readonly as?: string;
  readonly debug?: boolean;
  readonly json?: boolean;
  readonly output?: (typeof outputs)[number];
  readonly system?: string;
  readonly region?: string;
}

/** A parser for an option's value that refuses what the contract refuses. */
export function checked<T>(shape: z.ZodType<T>): (text: string) => T {
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

function seedOf(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && drillSeed.safeParse(seed).success) return seed;
  throw new InvalidArgumentError('It must be a whole number from 0 on.');
}

/** The scan that is named; with `latest` allowed where that has a meaning of its own. */
const scanNamed =
  ({ orLatest }: { readonly orLatest: boolean }) =>
  (text: string): string => {
    if (scanId.safeParse(text).success || (orLatest && text === 'latest')) return text;
    throw new InvalidArgumentError(
      `It must be ${orLatest ? 'latest or ' : ''}a scan such as scan-20260301T013000Z.`,
    );
  };

function planOf(text: string): string {
  if (documentDigest.safeParse(text).success) return text;
  throw new InvalidArgumentError(
    'It must be sha256- and 64 hexadecimal digits, as the alert and the operation name the plan.',
  );
}

/** A whole number that the contract accepts. */
const wholeOf =
  (shape: typeof historyLimit) =>
  (text: string): number => {
    const read = shape.safeParse(Number(text));
    if (read.success && /^\d+$/.test(text)) return read.data;
    throw new InvalidArgumentError(`It must be a whole number, 1 to ${shape.maxValue}.`);
  };

const longestHours = 168;

function hoursOf(text: string): number {
  const hours = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && hours > 0 && hours <= longestHours) return hours;
  throw new InvalidArgumentError(`It must be whole or part hours, above 0 and up to ${longestHours}.`);
}

function wordsOf(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('It must not be empty.');
}

/** `--system`, `--region` and the like; made anew for each command, since commander keeps state in them. */
export const options = {
  system: (): Option =>
    new Option('--system <id>', 'the system, by its id in the estate').argParser(checked(shortId)),
  region: (): Option =>
    new Option('--region <name>', 'the region, such as westeurope').argParser(checked(regionName)),
  json: (): Option => new Option('--json', 'short for --output json'),
  yes: (): Option => new Option('--yes', 'do it without asking'),
  confirm: (): Option =>
    new Option('--confirm <name>', 'the name that would be typed, where nobody can be asked'),
  wait: (): Option => new Option('--wait', 'show progress until it has ended; the exit code says how'),
  point: (): Option =>
    new Option('--point <what>', 'latest, random, an instant in UTC, or a recovery point').argParser(
      checked(drillPoint),
    ),
  seed: (): Option =>
    new Option('--seed <n>', 'what a random point is drawn by (default: the slot decides)').argParser(seedOf),
  scenario: (): Option =>
    new Option('--scenario <name>', 'a disaster that is played first, or rotate: what is due').choices(
      askedScenario.options,
    ),
  cleanUpDelay: (): Option =>
    new Option('--clean-up-delay <seconds>', 'keep restored servers so long after the checks').argParser(
      delaySeconds,
    ),
  shard: (): Option =>
    new Option('--shard <n/m>', 'only one of m equal parts of each store').argParser(checked(scanOrder.part)),
  store: (): Option => new Option('--store <id>', 'only one blob store').argParser(checked(shortId)),
  findingsOf: (): Option =>
    new Option('--scan <id>', 'the scan, or latest')
      .argParser(scanNamed({ orLatest: true }))
      .default('latest'),
  repairsOf: (): Option =>
    new Option('--scan <id>', 'the scan whose findings are repaired (default: the newest)').argParser(
      scanNamed({ orLatest: false }),
    ),
  verdict: (): Option =>
    new Option('--verdict <verdict>', 'only findings of that verdict').choices(scanVerdicts),
  limit: (): Option =>
    new Option('--limit <n>', 'at most so many reports, 1 to 100')
      .argParser(wholeOf(historyLimit))
      .default(30),
  continuation: (): Option =>
    new Option('--continuation <word>', 'go on behind a page, by the word that it ended with').argParser(
      checked(continuation),
    ),
  heldPlan: (): Option =>
    new Option('--plan <digest>', 'carry out this plan, which was held and is approved now').argParser(
      planOf,
    ),
  plan: (): Option =>
    new Option('--plan <digest>', 'the plan, as the alert and the operation name it')
      .argParser(planOf)
      .makeOptionMandatory(),
  digest: (): Option =>
    new Option('--digest <digest>', 'the digest, as the alert and "estate check --against" name it')
      .argParser(planOf)
      .makeOptionMandatory(),
  by: (): Option =>
    new Option('--by <who>', 'who decides; not the one who asked for it')
      .argParser(wordsOf)
      .makeOptionMandatory(),
  reason: (): Option => new Option('--reason <text>', 'why').argParser(wordsOf).makeOptionMandatory(),
  hours: (): Option => new Option('--hours <n>', 'how long an approval holds').argParser(hoursOf).default(24),
};
