/** The command as a process: how it reads its command line, and how it writes to a terminal. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { Workplace } from './command.ts';
import { expectNarrow } from './golden.ts';
import { estateOf, expectRefused, west } from './running-apps.ts';

test.each<[string, string[], RegExp]>([
  ['an unknown command', ['frobnicate'], /^lifeboat: unknown command 'frobnicate'/],
  [
    'an unknown option',
    ['status', '--sytem', 'lms'],
    /^lifeboat: unknown option '--sytem'\n\(Did you mean --system\?\)/,
  ],
  ['too many arguments', ['status', 'lms'], /^lifeboat: too many arguments for 'status'/],
  [
    'no system id',
    ['drill', '--system', 'LMS!'],
    /'--system <id>' argument 'LMS!' is invalid\. It must be 2 to 40/,
  ],
  ['no point', ['drill', '--point', 'yesterday'], /It must be latest, random, an instant such as/],
  ['no seed', ['drill', '--point', 'random', '--seed', '1.5'], /It must be a whole number from 0 on/],
  ['no number of seconds', ['cycle', '--clean-up-delay', '1e9'], /It must be whole seconds, 0 to 86400/],
  ['no form', ['report', '--format', 'pdf'], /Allowed choices are text, markdown, json, jws, key/],
  ['no role', ['estate', 'setup-sql'], /required option '--role <name>' not specified/],
  ['no id', ['operation'], /missing required argument 'id'/],
  ['no profile', ['status'], /^lifeboat: No profile was found/],
  ['a profile that does not exist', ['status', '--profile', 'no.json'], /no\.json does not exist/],
])('a command line with %s is refused as usage', async (_, args, message) => {
  await using place = await Workplace.make();
  expectRefused(await place.run(args), 64, message);
});

test('help, version and no command at all', async () => {
  await using place = await Workplace.make();
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(await place.run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  const help = await place.run(['--help']);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  for (const word of ['Examples:', 'Exit codes:', '  status', '  cycle', '  estate'])
    expect(help.stdout).toContain(word);
  expectNarrow(help.stdout);
  const bare = await place.run([]);
  expect(bare).toMatchObject({ code: 64, stdout: '' });
  expect(bare.stderr).toContain('Usage: lifeboat');
});

test('colour is for terminals, unless it is forced; NO_COLOR goes before that', async () => {
  await using estate = await estateOf({ westeurope: west });
  expect((await estate.place.run(['status'])).stdout).not.toContain('\u001B');
  expect((await estate.place.run(['status'], { FORCE_COLOR: '1' })).stdout).toContain('\u001B[31m');
  expect((await estate.place.run(['status'], { FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).not.toContain(
    '\u001B',
  );
});

test('a reader that goes away is no error', async () => {
  await using place = await Workplace.make();
  const running = place.start(['estate', 'schema']);
  running.process.stdout?.destroy();
  const { code, stderr } = await running.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
