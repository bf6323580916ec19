/** The doctor's answer in a terminal and as JSON: what the app said, what only the command sees, and the exit codes. */
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import type { DoctorLine } from '../../src/contracts/doctor.ts';
import { expectNarrow } from './golden.ts';
import { estateOf, type Estate } from './running-apps.ts';

const fine: DoctorLine = { id: 'signing', state: 'ok', detail: 'it signs', milliseconds: 3 };
const doubtful: DoctorLine = {
  ...{ system: 'lms', id: 'heartbeat main', state: 'warning', detail: 'the newest is 200 s old' },
  ...{ next: 'Follow runbooks/heartbeat-silent.md.', milliseconds: 4 },
};
const failed: DoctorLine = {
  ...doubtful,
  id: 'database main',
  state: 'failed',
  detail: 'no answer within 15 s',
};

async function estateSaying(...lines: DoctorLine[]): Promise<Estate> {
  const estate = await estateOf({
    westeurope: {
      'GET doctor': () => ({
        json: {
          ...{ schema: 'lifeboat/doctor/v1', region: 'westeurope', at: new Date().toISOString() },
          ...{ softwareVersion: pkg.version, lines },
        },
      }),
    },
  });
  await chmod(join(estate.place.folder, '.lifeboat/profile.json'), 0o600);
  return estate;
}

test.each([
  ['all is well', [fine], 0, '5 ok, 0 warnings, 0 failed'],
  ['there is only something to be warned of', [fine, doubtful], 3, '5 ok, 1 warning, 0 failed'],
  ['something failed', [doubtful, failed], 1, '4 ok, 1 warning, 1 failed'],
])('exits by the worst line: %s', async (_what, lines, code, sum) => {
  await using estate = await estateSaying(...lines);
  const shown = await estate.place.runHere(['doctor']);
  expect(shown).toMatchObject({ code, stderr: '' });
  expect(shown.stdout.trimEnd().split('\n').at(-1)).toBe(sum);
  expectNarrow(shown.stdout);
});

test('says what to do below a line that is not well, under the system that it is about', async () => {
  await using estate = await estateSaying(fine, failed);
  const { stdout } = await estate.place.runHere(['doctor']);
  expect(stdout).toMatch(
    /\nok +signing +it signs\n\nlms in westeurope\nFAILED +database main +no answer within 15 s\n +do: Follow runbooks\/heartbeat-silent\.md\.\n/,
  );
});

test('as JSON every line names its region', async () => {
  await using estate = await estateSaying(doubtful);
  const { lines } = JSON.parse((await estate.place.runHere(['doctor', '--json'])).stdout) as {
    lines: unknown[];
  };
  expect(lines).toContainEqual({ region: 'westeurope', ...doubtful });
  expect(lines).toContainEqual(expect.objectContaining({ id: 'profile', state: 'ok' }));
});

test('a profile that others can read and a region that is silent are lines too', async () => {
  await using estate = await estateSaying(fine);
  await chmod(join(estate.place.folder, '.lifeboat/profile.json'), 0o644);
  await estate.apps[0]?.stop();
  const { code, stdout } = await estate.place.runHere(['doctor']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^WARNING {2}profile .* can be read by others/);
  expect(stdout).toMatch(/do: chmod 600 \S+profile\.json/);
  expect(stdout).toMatch(/westeurope\nFAILED +app +.* cannot be reached: the connection was refused\./);
});
