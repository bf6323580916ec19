/** The table of Lifeboat's own documents: every path that anything writes has a row, and just one. */
import { describe, expect, test } from 'vitest';
import { repairPaths } from '../../src/contracts/repair.ts';
import { scrubPaths } from '../../src/contracts/scrub.ts';
import { vaultPaths, vaultRoot } from '../../src/contracts/vault-paths.ts';
import { foldersRemovedBy, ownDocumentAt, ownDocuments } from '../../src/policy/own-documents.ts';

const scope = { system: 'shop', region: 'westeurope' };
const range = { from: '', to: '80' };

/** What each builder of paths makes of plain arguments. */
const made = Object.entries({ ...vaultPaths, ...repairPaths, ...scrubPaths }).map(
  ([name, build]): [string, string] => {
    const isOfRegion = ['signingKeys', 'signingKey', 'keyWithdrawal', 'approvedEstates'].includes(name);
    const names = Array.from({ length: build.length - 1 }, (_, index) => `a${index}`);
    const last = names.length - 1;
    const rest: unknown[] = names;
    if (name === 'state' || name === 'expected') rest[last] = range;
    if (name === 'setAside') rest[last - 1] = range;
    return [name, (build as (...given: unknown[]) => string)(isOfRegion ? scope.region : scope, ...rest)];
  },
);
const below = (path: string): string => path.replace(`${vaultRoot(scope)}/`, '');
const folderOf = (path: string): string =>
  path.startsWith('v1/_') ? path.split('/').slice(0, 2).join('/') : (path.split('/')[0] ?? '');

describe('every path', () => {
  test.each(made)('that %s makes is of one kind, or a prefix of some', (_name, path) => {
    const document = ownDocumentAt(below(path));
    const alike = ownDocuments.filter(({ form }) => folderOf(form) === folderOf(below(path)));
    const isPrefix = /[/.-]$/.test(path);
    expect(isPrefix ? alike.length : alike.filter((one) => one === document).length).toBe(1);
  });

  test('lies in a folder of its kind alone', () => {
    const folders = ownDocuments.map(({ form }) => folderOf(form));
    expect(new Set(folders).size).toBe(folders.length);
  });

  test('of the table is of its own row', () => {
    for (const one of ownDocuments)
      expect(ownDocumentAt(one.form.replaceAll(/[{}]/g, '').replace('...', 'a/b.json'))).toBe(one);
  });

  test.each([
    '',
    'points',
    'points/',
    'points/a/b.json',
    'slots/../points/a.json',
    'slots//a-b.json',
    'x/a.json',
  ])('such as "%s" is none of them', (path) => {
    expect(ownDocumentAt(path)).toBeUndefined();
  });
});

test('what could be the last of something goes by nothing', () => {
  const never = ownDocuments.filter(({ removal }) => removal.by === 'nobody').map(({ kind }) => kind);
  for (const kind of ['quarantine', 'copy', 'scrub-set-aside', 'audit-checkpoints', 'ledger', 'report-entry'])
    expect(never).toContain(kind);
});

test('the folders of a scan are emptied so that what tells of the others comes last', () => {
  expect(foldersRemovedBy('scan')).toEqual(['scan-records', 'expected', 'scan-parts', 'scan-plans']);
});
