/** What the command says of an estate file that protects less than another, and the decision on it. */
import { expect, test } from 'vitest';
import { protectionDigest, protectionIn } from '../../src/contracts/estate-protection.ts';
import { readEstate } from '../../src/contracts/estate.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { renderStatus } from '../../src/cli/status-view.ts';
import type { StatusResponse } from '../../src/contracts/api/status.ts';
import { Workplace, type Ended } from './command.ts';
import { badEstate, goodEstate } from './estates.ts';
import { expectNarrow } from './golden.ts';
import { expectRefused } from './running-apps.ts';

const scope = { system: 'lms', region: 'westeurope' };
const older = goodEstate.replace('retention: {}', 'retention: { window: P14D }');
const weaker = goodEstate
  .replace('retention: {}', 'retention: { window: P8D, brake: { count: 50 } }')
  .replace('0 30 1 * * *', '0 30 1 * * 0');
const digestOf = (text: string): string =>
  protectionDigest(scope, protectionIn(readEstate(text, 'estate'), scope));

/** Checks `newer` against `older` in a folder of its own. */
async function check(newer: string, before: string, ...more: readonly string[]): Promise<Ended> {
  await using place = await Workplace.make();
  await place.write('new.yaml', newer);
  await place.write('old.yaml', before);
  const ended = await place.runHere(['estate', 'check', 'new.yaml', '--against', 'old.yaml', ...more]);
  return { ...ended, stdout: ended.stdout.replaceAll(place.folder, '/folder') };
}

test('a weaker estate file is told with each weakening and what is to be approved, and exits 2', async () => {
  const { code, stdout, stderr } = await check(weaker, older);
  expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
  expect(stdout).toContain('/folder/new.yaml is right.');
  expect(stdout).toContain('It protects less than /folder/old.yaml:');
  const at = 'systems.lms.westeurope';
  const flowing = stdout.replaceAll(/\s+/g, ' ');
  for (const said of [
    `- ${at}.windowHours: the retention window is shorter: 192 instead of 336`,
    `- ${at}.brake.maxDeleteCount: more may be deleted without asking: 50 instead of 20`,
    `- ${at}.schedules.snapshot.everySeconds: the snapshot runs less often: 604800 instead of 86400`,
    `once deployed: lifeboat approve --system lms --region westeurope ${digestOf(weaker)}`,
  ])
    expect(flowing).toContain(said);
  expectNarrow(stdout);
});

test('one that is stronger or the same is told to be no weaker, and exits 0', async () => {
  for (const newer of [goodEstate, goodEstate.replace('retention: {}', 'retention: { window: P14D }')]) {
    const { code, stdout } = await check(newer, goodEstate);
    expect({ code, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({
      code: 0,
      last: 'It protects nothing less than /folder/old.yaml.',
    });
  }
});

test('as JSON it names the weaker scopes', async () => {
  const { code, stdout } = await check(weaker, older, '--json');
  const said: unknown = JSON.parse(stdout);
  expect(code).toBe(2);
  expect(said).toMatchObject({
    ...{ valid: true, problems: [], against: '/folder/old.yaml' },
    weaker: [{ ...scope, digest: digestOf(weaker), weakenings: { length: 3 } }],
  });
  expect(JSON.parse((await check(goodEstate, goodEstate, '--json')).stdout)).toMatchObject({ weaker: [] });
});

test('a system that is gone is named, with the digest of being protected no more', async () => {
  const { code, stdout } = await check(goodEstate.replace('id: lms', 'id: lms-two'), goodEstate);
  expect(code).toBe(2);
  expect(stdout).toContain('systems.lms.westeurope: lms in westeurope is not protected any more');
  expect(stdout).toContain(`      ${protectionDigest(scope, undefined)}`);
});

test('a wrong file on either side is told as such', async () => {
  expectRefused(await check(badEstate, goodEstate), 64, /new\.yaml has 4 problems:/);
  expectRefused(await check(goodEstate, badEstate), 64, /old\.yaml has 4 problems:/);
  await using place = await Workplace.make();
  await place.write('estate.yaml', goodEstate);
  expectRefused(
    await place.runHere(['estate', 'check', '--against', 'no.yaml']),
    64,
    /no\.yaml does not exist/,
  );
});

test('the decision is written as the document that the guard reads', async () => {
  await using place = await Workplace.make();
  const digest = digestOf(weaker);
  const who = ['--system', 'lms', '--region', 'westeurope', '--by', 'Jane', '--reason', 'agreed'];
  const approved = await place.runHere(['estate', 'decision', ...who, '--digest', digest]);
  expect(approved).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(vaultPaths.approval(scope, digest)) as string,
  });
  expect(JSON.parse(approved.stdout)).toMatchObject({ ...scope, digest, decision: 'approved', by: 'Jane' });
  const rejected = await place.runHere(['estate', 'decision', ...who, '--digest', digest, '--reject']);
  expect(JSON.parse(rejected.stdout)).toMatchObject({ digest, decision: 'rejected' });
  expectRefused(await place.runHere(['estate', 'decision', ...who, '--digest', 'abc']), 64, /sha256-/);
  expectRefused(await place.runHere(['estate', 'decision', ...who]), 64, /--digest/);
});

test('the status shows a system that is gone from the estate', () => {
  const status: StatusResponse = {
    ...{ schema: 'lifeboat/status/v1', region: 'westeurope', at: '2026-03-01T01:30:00.000Z' },
    ...{ softwareVersion: '0.1.0', vault: 'https://vault.example/v', systems: [] },
    unprotected: [
      { system: 'lms', since: '2026-03-01T01:30:00.000Z', detail: 'it is not protected any more' },
    ],
  };
  expect(renderStatus([status], [])).toContain(
    'Gone from the estate (runbooks/estate-weakened.md)\n' +
      '  lms in westeurope since 2026-03-01 01:30:00Z: it is not protected any more\n',
  );
  expect(renderStatus([{ ...status, unprotected: [] }], [])).not.toContain('Gone');
});
