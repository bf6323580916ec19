/** Regions with running apps and a folder whose profile names them, and what a refusal of the command must look like. */
import { expect } from 'vitest';
import { failed, passed, statusOf } from './canned-status.ts';
import { Workplace, type Ended } from './command.ts';
import { FakeApp, type Route } from './fake-app.ts';

export const slot = '20260301T013000Z';
/** What the app of each region says of itself. */
export const west = {
  'GET status': {
    json: statusOf('westeurope', [passed('lms', 'westeurope'), failed('cloud-storage', 'westeurope')]),
  },
};
export const north = { 'GET status': { json: statusOf('northeurope', [passed('lms', 'northeurope')]) } };

/** A folder with a profile for running apps of these regions. */
export interface Estate extends AsyncDisposable {
  readonly place: Workplace;
  readonly apps: readonly FakeApp[];
}

/** Starts the apps of these regions. */
export async function estateOf(regions: Readonly<Record<string, Record<string, Route>>>): Promise<Estate> {
  const place = await Workplace.make();
  const apps = await Promise.all(
    Object.entries(regions).map(([region, routes]) => new FakeApp(region, routes).start()),
  );
  await place.profile(...apps);
  const dispose = async (): Promise<void> => {
    await Promise.all([...apps.map((app) => app.stop()), place[Symbol.asyncDispose]()]);
  };
  return { place, apps, [Symbol.asyncDispose]: dispose };
}

/** Refused in the way a person can use: the exit code, the message, the next step, and no stack trace. */
export function expectRefused({ code, stdout, stderr }: Ended, exit: number, message: RegExp): void {
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^Next: \S/m);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stdout).toBe('');
  expect(code).toBe(exit);
}
