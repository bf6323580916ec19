/** What a person has to know or do before a measurement can be made; told without a stack trace. */
export class BenchProblem extends Error {}

/** A measurement from its command line to its exit code: 2, with the reason, where it could not be made. */
export async function runBench(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (thrown) {
    if (!(thrown instanceof BenchProblem)) throw thrown;
    process.stderr.write(`\n${thrown.message}\n`);
    process.exitCode = 2;
  }
}

/** The whole number that an option gives; throws `BenchProblem` if it is none or too small. */
export function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  throw new BenchProblem(`--${option} takes a whole number from ${least}.`);
}
