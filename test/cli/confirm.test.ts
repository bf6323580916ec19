/** What destroys is done once its name was typed: at a prompt, on the command line, or with --yes. */
import { Readable } from 'node:stream';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { confirmDeed, type Confirmed } from '../../src/cli/confirm.ts';
import type { Io } from '../../src/cli/io.ts';
import { Workplace } from './command.ts';
import { estateOf, expectRefused, north, slot } from './running-apps.ts';
import { started } from './fake-app.ts';

const deed = { name: 'lms', sentence: 'Deletes it.' };

async function asked(
  given: Confirmed,
  { isTTY = true, typed = '' }: { isTTY?: boolean; typed?: string } = {},
): Promise<{ done: boolean; said: string; why: string }> {
  let said = '';
  const io: Io = {
    stdin: () => Readable.from([typed]),
    stdout: { write: () => true },
    stderr: { write: (text) => (said += text), isTTY },
    ...{ env: {}, cwd: '/', home: '/', now: () => DateTime.utc(), signal: new AbortController().signal },
  };
  const why = await confirmDeed(io, deed, given).then(
    () => '',
    (error: Error) => error.message,
  );
  return { done: why === '', said, why };
}

test.each<[string, Confirmed, Parameters<typeof asked>[1], boolean]>([
  ['the name that is typed', {}, { typed: 'lms\n' }, true],
  ['another name that is typed', {}, { typed: 'lsm\n' }, false],
  ['a yes that is typed', {}, { typed: 'yes\n' }, false],
  ['nothing that is typed', {}, { typed: '\n' }, false],
  ['the end of the input', {}, { typed: '' }, false],
  ['nobody to ask', {}, { isTTY: false, typed: 'lms\n' }, false],
  ['--yes', { yes: true }, { isTTY: false }, true],
  ['--confirm with the name', { confirm: 'lms' }, { isTTY: false }, true],
  ['--confirm with another name', { confirm: 'lsm' }, { isTTY: false }, false],
])('%s', async (_what, given, at, done) => {
  expect(await asked(given, at)).toMatchObject({ done });
});

test('a person is told what would be done; what was said is not asked', async () => {
  expect(await asked({}, { typed: 'lms\n' })).toMatchObject({ said: 'Deletes it.\nType lms to go on: ' });
  expect(await asked({ yes: true })).toMatchObject({ said: '' });
  expect((await asked({ confirm: 'lsm' })).why).toBe('"lsm" is not "lms": nothing was done.');
});

describe('without a word and without a terminal nothing is asked of the app', () => {
  const narrow = ['--system', 'lms', '--region', 'northeurope'];
  test.each([
    [['prune']],
    [['prune', 'run', '--plan', `sha256-${'0'.repeat(64)}`]],
    [['drill', 'reap']],
    [['restore', 'cancel', `restore-${slot}`, '--reason', 'x']],
  ])('%j', async (command) => {
    await using estate = await estateOf({ northeurope: north });
    const refused = await estate.place.runHere([...command, ...narrow]);
    expectRefused(refused, 64, /was not typed: nothing was done\.\nNext: Add --yes or --confirm/);
    expect(estate.apps[0]!.asked.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  test('a dry run needs none', async () => {
    const routes = { 'POST prunes': started(`prune.lms.northeurope.${slot}`) };
    await using estate = await estateOf({ northeurope: { ...north, ...routes } });
    expect((await estate.place.runHere(['prune', '--dry-run', ...narrow])).code).toBe(0);
    expect((await estate.place.runHere(['prune', '--yes', ...narrow])).code).toBe(0);
  });
});

test('what is wrong with the command line is told before anything is asked', async () => {
  await using place = await Workplace.make();
  expectRefused(await place.runHere(['drill', 'reap', '--system', 'X!']), 64, /must be 2 to 40/);
});
