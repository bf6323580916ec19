import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { Workplace, type Ended } from './command.ts';

const cases = 'unite-cloud/westeurope/cases';
const hexOf = (n: number): string => createHash('sha256').update(String(n)).digest('hex');
const foldered = (n: number): string => {
  const hex = hexOf(n);
  return `sha256/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}`;
};
const lines = (count: number, nameOf: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => `${nameOf(n)}\n`).join('');

/** A folder with the sample estate and a file of names, where the command is run. */
async function check(names: string, args: readonly string[]): Promise<Ended> {
  await using place = await Workplace.make();
  await place.write('estate.yaml', await readFile(new URL('../../estate.yaml', import.meta.url), 'utf8'));
  await place.write('names.txt', names);
  return await place.run(['estate', 'check', ...args]);
}

test('a sample that fits the estate file is said to, with the names that are no addresses', async () => {
  const { code, stdout, stderr } = await check(`${lines(999, foldered)}README.md\n`, [
    '--sample',
    `${cases}=names.txt`,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(`\n${cases}: 1,000 names\n`);
  expect(stdout).toContain('fits 999 of 1,000 names (99.9 %), and no other fits more.');
  expect(stdout).toContain(
    '\n      algorithm: sha256\n      encoding: hex\n      layout: sha256/{0:2}/{2:4}/{digest}\n',
  );
  expect(stdout).toMatch(/do not tell sha256 from blake2b-256 and\s+blake3/);
  expect(stdout).toMatch(/1 name not fitting, such as:\n {4}README\.md/);
});

test('a sample of another layout is refused with the lines to paste', async () => {
  const { code, stdout } = await check(
    lines(50, (n) => `${hexOf(n).slice(0, 2)}/${hexOf(n)}`),
    ['--sample', `${cases}=names.txt`],
  );
  expect(code).toBe(64);
  expect(stdout).toMatch(/fits\s+0 of 50 names \(0\s+%\)\./);
  expect(stdout).toContain('This one fits 50 of 50 names (100 %):');
  expect(stdout).toContain('\n      layout: "{0:2}/{digest}"\n');
});

test('names come from a pipe, several stores from several files, and the answer as JSON', async () => {
  await using place = await Workplace.make();
  await place.write('estate.yaml', await readFile(new URL('../../estate.yaml', import.meta.url), 'utf8'));
  await place.write(
    'names.txt',
    lines(30, (n) => `${hexOf(n).slice(0, 2)}/${hexOf(n)}`),
  );
  const running = place.start(
    ['estate', 'check', '--json', '--sample', 'objects=names.txt', '--sample', `${cases}=-`],
    {},
    undefined,
    lines(20, foldered).replaceAll('\n', '\r\n'),
  );
  const { code, stdout } = await running.ended;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    valid: true,
    samples: [
      { store: 'cloud-storage/westeurope/objects', read: 30, isRight: true, configured: { fitting: 30 } },
      { store: cases, read: 20, isRight: true, fits: [{ fitting: 20, layout: { algorithm: 'sha256' } }] },
    ],
  });
});

test('CIDs that are not supported are counted and explained', async () => {
  const { code, stdout } = await check('QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n\n', [
    '--sample',
    `${cases}=names.txt`,
  ]);
  expect(code).toBe(64);
  expect(stdout).toContain('No usual layout fits these names.');
  expect(stdout).toMatch(/1 of them CIDs that are not supported, such as:\n {4}Qm\w+:\s+a CIDv0/);
});

test.each<[string, string[], RegExp]>([
  [
    'of no store',
    ['--sample', 'other=names.txt'],
    /No blob store "other".*\nNext: Name one of: unite-cloud\//,
  ],
  ['of a store in two regions', ['--sample', 'cases=names.txt'], /Several blob stores are "cases"/],
  ['from a file that is not there', ['--sample', 'objects=no.txt'], /no\.txt does not exist/],
  ['from a folder', ['--sample', 'objects=.'], /cannot be read \(EISDIR\)/],
  ['without names', ['--sample', 'objects=names.txt'], /holds no name/],
  ['without a file', ['--sample', 'objects'], /It must be STORE=FILE/],
  ['twice from the pipe', ['--sample', 'objects=-', '--sample', `${cases}=-`], /names of one store only/],
])('a sample %s is refused', async (_what, args, message) => {
  const { code, stderr } = await check('\n\n', args);
  expect(code).toBe(64);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^\s+at /m);
});
