/** Commands that are told to a person can be pasted where the command was started; what is for programs never changes. */
import { expect, test } from 'vitest';
import { spokenText } from '../../src/cli/spoken.ts';
import { expectNarrow } from './golden.ts';
import { started } from './fake-app.ts';
import { estateOf, north, slot } from './running-apps.ts';

const npx = { npm_command: 'exec', npm_lifecycle_event: 'npx' };
const names = ['status', 'restore', 'report'];
const said = (text: string, env: NodeJS.ProcessEnv = npx): string => spokenText(text, env, names);

test.each([
  ['Watch it: lifeboat status', 'Watch it: npx lifeboat status'],
  ['(lifeboat restore list)', '(npx lifeboat restore list)'],
  ['"lifeboat report" or lifeboat --help', '"npx lifeboat report" or npx lifeboat --help'],
  ['cut by a line: lifeboat\n    status --json', 'cut by a line: npx lifeboat\n    status --json'],
])('%j becomes %j', (text, expected) => {
  expect(said(text)).toBe(expected);
  expect(said(expected)).toBe(expected);
});

test.each([
  'lifeboat: it failed',
  'Lifeboat status',
  'lifeboat/status/v1',
  'made by lifeboat for restore-20260301T013000Z',
  'lifeboat restore-20260301T013000Z',
  '/opt/lifeboat status',
  'the schema lifeboat is missing',
])('%j stays', (text) => expect(said(text)).toBe(text));

test.each([[{}], [{ npm_command: 'run-script', npm_lifecycle_event: 'start' }], [{ npm_command: 'exec' }]])(
  'started otherwise, as with %j, nothing changes',
  (env) => expect(said('lifeboat status', env)).toBe('lifeboat status'),
);

test('every way in which the command speaks goes through it, and stays narrow', async () => {
  const id = `snapshot.lms.northeurope.${slot}`;
  await using estate = await estateOf({ northeurope: { ...north, 'POST snapshots': started(id) } });
  const run = (...args: string[]) => estate.place.runHere(args, npx);
  const snapshot = await run('snapshot', '--system', 'lms', '--region', 'northeurope');
  expect(snapshot.stderr).toContain(`Watch one with: npx lifeboat operation ${id} --wait`);
  const status = await run('status');
  expectNarrow(status.stdout);
  expect((await run('--help')).stdout).toContain('\n  npx lifeboat cycle --wait\n');
  const unknown = await run('approve', `prune-${slot}`, '--reason', 'x');
  expect(unknown.stderr).toMatch(/^lifeboat: /);
});

test('answers for programs name nothing otherwise', async () => {
  await using estate = await estateOf({ northeurope: north });
  for (const args of [
    ['status', '--json'],
    ['estate', 'setup-sql', '--role', 'x'],
    ['completion', 'bash'],
    ['completion', 'zsh'],
    ['completion', 'fish'],
  ]) {
    const plain = await estate.place.runHere(args);
    expect((await estate.place.runHere(args, npx)).stdout, args.join(' ')).toBe(plain.stdout);
    expect(plain.code, args.join(' ')).toBe(0);
  }
});
