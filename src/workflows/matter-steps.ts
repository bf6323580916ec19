/** The steps that every matter has, a restore as a cutover: it is opened, decided on and permitted, and recorded. */
import type { GoWaitResult, RestoreApproval } from '../contracts/restore-request.ts';
import type { Failure } from '../policy/failure.ts';
import { personText } from '../policy/person-name.ts';
import { attempt, type Step } from './step.ts';
import type { Timeline } from './timeline.ts';

/** What came of the wait for another person: who permitted it, or why nothing is done. */
export type Decided =
  | { readonly approval: RestoreApproval }
  | { readonly refusal: string }
  | { readonly cancelledBy: string }
  | { readonly failure: string };

/** One step of the timeline; what prevents it is a value, and in the record. */
export function* timed<T>(
  timeline: Timeline,
  name: string,
  work: Step<T>,
  said: (value: T) => string,
): Step<{ readonly value: T } | { readonly failure: Failure }> {
  timeline.begin(name);
  const ended = yield* attempt(work);
  if ('failure' in ended) timeline.end('failed', ended.failure.message);
  else timeline.end('done', said(ended.value));
  return ended;
}

/** Opens a matter, unless what its slot stands for is unclear. */
export function* unlessUnclear<T>(unclear: Failure | undefined, open: Step<T>): Step<T> {
  if (unclear !== undefined) throw unclear;
  return yield* open;
}

/** Waits for the decision, then asks for the permit, at the last moment. */
export function* decideAndPermit(
  timeline: Timeline,
  wait: Step<GoWaitResult>,
  permit: Step<RestoreApproval>,
): Step<Decided> {
  timeline.begin('approve');
  const decided = yield* decisionOf(wait, permit);
  if ('approval' in decided) {
    const { kind, by, byName } = decided.approval;
    timeline.end('done', `${kind} by ${personText(by, byName)}`);
  } else timeline.end('failed', Object.values<string>(decided)[0] ?? '');
  return decided;
}

function* decisionOf(wait: Step<GoWaitResult>, permit: Step<RestoreApproval>): Step<Decided> {
  const waited = yield* attempt(wait);
  if ('failure' in waited) return prevented(waited.failure);
  const { state, sentence } = waited.value;
  if (state === 'cancelled') return { cancelledBy: sentence.replace(/^cancelled by /, '') };
  if (state !== 'approved' && state !== 'break-glass') return { refusal: sentence };
  const permitted = yield* attempt(permit);
  return 'failure' in permitted ? prevented(permitted.failure) : { approval: permitted.value };
}

/** What is not permitted, or not beside what is in force, was refused; anything else failed. */
const prevented = ({ code, message }: Failure): Decided =>
  code === 'refused' || code === 'conflict' ? { refusal: message } : { failure: message };
