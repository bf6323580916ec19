/** Where the profile is looked up, and what is said of one that is missing or wrong. */
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadProfile, type ProfileSearch } from '../../src/cli/profile.ts';
import { Failure } from '../../src/policy/failure.ts';
import { Workplace } from './command.ts';

const login = { tenant: 't', scope: 'api://a/.default' };
const text = (region: string, more: object = {}): string =>
  JSON.stringify({
    schema: 'lifeboat/profile/v2',
    deployments: [{ region, url: 'https://app.example.net' }],
    login,
    ...more,
  });
const searchIn = (place: Workplace, change: Partial<ProfileSearch> = {}): ProfileSearch => ({
  env: {},
  cwd: place.folder,
  home: join(place.folder, 'home'),
  ...change,
});
const regionIn = async (search: ProfileSearch): Promise<string | undefined> =>
  (await loadProfile(search)).deployments[0]?.region;

async function messageOf(search: ProfileSearch): Promise<string> {
  const thrown: unknown = await loadProfile(search).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(Failure);
  const { code, message, hint } = thrown as Failure;
  expect(code).toBe('bad-input');
  expect(hint).not.toBe('');
  return message;
}

test('the flag goes before the environment, that before the folder and those above, and those before the home', async () => {
  await using place = await Workplace.make();
  const deep = join(place.folder, 'a', 'b');
  await mkdir(deep, { recursive: true });
  await place.write('home/.config/lifeboat/profile.json', text('fromhome'));
  expect(await regionIn(searchIn(place, { cwd: deep }))).toBe('fromhome');
  await place.write('.lifeboat/profile.json', text('fromabove'));
  expect(await regionIn(searchIn(place, { cwd: deep }))).toBe('fromabove');
  await place.write('a/b/.lifeboat/profile.json', text('fromfolder'));
  expect(await regionIn(searchIn(place, { cwd: deep }))).toBe('fromfolder');
  const env = { LIFEBOAT_PROFILE: await place.write('env.json', text('fromenv')) };
  expect(await regionIn(searchIn(place, { cwd: deep, env }))).toBe('fromenv');
  await place.write('a/flag.json', text('fromflag'));
  expect(await regionIn(searchIn(place, { cwd: deep, env, named: '../flag.json' }))).toBe('fromflag');
  expect(await regionIn(searchIn(place, { cwd: deep, env: { LIFEBOAT_PROFILE: '' } }))).toBe('fromfolder');
});

test('without any profile the message says how to come by one', async () => {
  await using place = await Workplace.make();
  expect(await messageOf(searchIn(place))).toMatch(/^No profile was found/);
});

test('a profile that was named must exist, even if another would be found', async () => {
  await using place = await Workplace.make();
  await place.write('.lifeboat/profile.json', text('westeurope'));
  const named = join(place.folder, 'no.json');
  expect(await messageOf(searchIn(place, { named }))).toBe(`${named} does not exist.`);
  expect(await messageOf(searchIn(place, { named: place.folder }))).toBe(
    `${place.folder} cannot be read (EISDIR).`,
  );
});

test.each<[string, string, RegExp[]]>([
  ['no JSON', '{"schema":', [/is wrong:\n {2}.*JSON/]],
  [
    'another schema and no deployment',
    '{"schema":"x","deployments":[]}',
    [/\n {2}schema: /, /\n {2}deployments: /],
  ],
  [
    'another protocol',
    text('westeurope').replace('https', 'ftp'),
    [/deployments\.0\.url: must begin with https/],
  ],
  [
    'a region twice',
    text('westeurope', {
      deployments: ['a', 'b'].map((host) => ({
        region: 'westeurope',
        url: `https://${host}.example.net`,
      })),
    }),
    [/deployments\.1\.region: westeurope is named twice/],
  ],
])('a profile with %s is refused with every problem', async (_, content, messages) => {
  await using place = await Workplace.make();
  const file = await place.write('.lifeboat/profile.json', content);
  const message = await messageOf(searchIn(place));
  expect(message).toContain(`The profile ${file} is wrong:`);
  for (const expected of messages) expect(message).toMatch(expected);
});

test('the certificate authority is read beside the profile, and a missing one is named', async () => {
  await using place = await Workplace.make();
  const file = await place.write('.lifeboat/profile.json', text('westeurope', { caFile: 'ca.pem' }));
  expect(await messageOf(searchIn(place))).toBe(
    `${join(place.folder, '.lifeboat', 'ca.pem')}, which ${file} names as caFile, does not exist.`,
  );
  await place.write('.lifeboat/ca.pem', 'PEM');
  expect((await loadProfile(searchIn(place))).ca).toBe('PEM');
});

test('one with secrets that others can read is not used', async () => {
  await using place = await Workplace.make();
  const identities = { operator: { clientId: 'c', secret: 's' } };
  const file = await place.write(
    '.lifeboat/profile.json',
    text('westeurope', { login: { ...login, identities } }),
  );
  await chmod(file, 0o640);
  expect(await messageOf(searchIn(place))).toMatch(/holds secrets, and others on this machine can read it/);
  await chmod(file, 0o600);
  expect((await loadProfile(searchIn(place))).login.identities).toEqual(identities);
});
