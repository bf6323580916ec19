/** Makes an activity of a world fail, where an orchestration's way of dealing with it is in question. */
import type { FailureFacts } from '../../src/policy/failure.ts';
import type { World } from './world.ts';

/** `said`: the activity answers with a failure; `thrown`: the platform lost it; `garbled`: its answer is of another version. */
export type ActivityTrouble = 'said' | 'thrown' | 'garbled';

export const saidFailure: FailureFacts = {
  ...{ code: 'access-denied', message: 'the role is missing', hint: 'Grant it.', retryable: false },
};

/** What a person reads of each trouble. */
export const wordsOfTrouble: Readonly<Record<ActivityTrouble, RegExp>> = {
  said: /the role is missing/,
  thrown: /gave no usable answer: .*the worker was lost/,
  garbled: /gave no usable answer/,
};

/** From now on every run of an activity whose input fits ends in trouble. */
export function makeFail(
  world: World,
  activity: string,
  trouble: ActivityTrouble,
  fits: (input: unknown) => boolean = () => true,
): void {
  const run = world.run.bind(world);
  world.run = (name, input) => {
    if (name !== activity || !fits(input)) return run(name, input);
    if (trouble === 'thrown') return Promise.reject(new Error('the worker was lost'));
    if (trouble === 'garbled') return Promise.resolve({ outcome: 'done', value: { odd: true } });
    return Promise.resolve({ outcome: 'failed', failure: saidFailure });
  };
}
