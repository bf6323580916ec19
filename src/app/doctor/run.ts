/**
 * Runs the checks of the doctor: a few at a time, each within its time and all of them within theirs. One that hangs or
 * throws is a failed line and keeps no other from being looked at; its work is left behind, which only reads.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import type { DoctorLine } from '../../contracts/doctor.ts';
import { broken, type Verdict } from '../../policy/doctor/verdict.ts';
import { shownFailure } from '../../policy/failure.ts';

/** One thing to look at. Where it finds several, each verdict says which one it is `of`. */
export interface Check {
  readonly system?: string;
  readonly id: string;
  readonly silent?: string;
  readonly look: () => Promise<readonly (Verdict & { readonly of?: string })[]>;
}

/** A check that asks for facts and judges them; `silent` is what to do where what it asks gives no answer. */
export function check<F>(
  id: string,
  look: () => Promise<F>,
  judge: (facts: F) => Verdict,
  silent?: string,
): Check {
  return { id, look: async () => [judge(await look())], ...(silent === undefined ? {} : { silent }) };
}

export interface Bounds {
  readonly concurrency: number;
  readonly secondsEach: number;
  /** The answer comes within so long; what was not looked at by then is told so. */
  readonly secondsAll: number;
}

/** With less than that nothing is begun: a timer may fire a moment early. */
const shortestMilliseconds = 10;

const usual: Bounds = { concurrency: 8, secondsEach: 15, secondsAll: 40 };

/** The lines of all checks, in their order. */
export async function runChecks(checks: readonly Check[], bounds: Bounds = usual): Promise<DoctorLine[]> {
  const end = performance.now() + bounds.secondsAll * 1000;
  const { concurrency } = bounds;
  return (await pMap(checks, (one) => runCheck(one, bounds, end), { concurrency })).flat();
}

async function runCheck(
  { id, look, system, silent }: Check,
  { secondsEach }: Bounds,
  end: number,
): Promise<DoctorLine[]> {
  const begun = performance.now();
  const verdicts = await within(look, Math.min(secondsEach * 1000, end - begun), silent);
  const milliseconds = Math.round(performance.now() - begun);
  return verdicts.map(({ of, ...verdict }) => ({
    ...(system === undefined ? {} : { system }),
    ...{ id: of === undefined ? id : `${id} ${of}`, ...verdict, milliseconds },
  }));
}

async function within(
  look: Check['look'],
  milliseconds: number,
  next = 'Look whether the service behind it answers; then run lifeboat doctor again.',
): ReturnType<Check['look']> {
  if (milliseconds < shortestMilliseconds)
    return [broken('it was not looked at: the checks before it took too long', next)];
  const late = new AbortController();
  try {
    return await Promise.race([
      look().catch((thrown: unknown) => failed(thrown, next)),
      sleep(milliseconds, undefined, { signal: late.signal, ref: false }).then(() => [
        broken(`no answer within ${Math.round(milliseconds / 1000)} s`, next),
      ]),
    ]);
  } finally {
    late.abort();
  }
}

/** What a service said goes on to the person, with the next step; that it is tried again by itself is none. */
function failed(thrown: unknown, next: string): Verdict[] {
  const { message, hint, code } = shownFailure(thrown);
  return [broken(message, code === 'unavailable' ? next : hint)];
}
