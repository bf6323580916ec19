import { describe, expect, test } from 'vitest';
import { refusalOfPath, removableFolders, removableKinds } from '../../src/policy/vault-removal.ts';

const root = 'v1/shop/westeurope';

describe('a document of the vault may go', () => {
  test.each(
    removableKinds.flatMap((kind) => removableFolders(kind).map((folder) => [kind, folder] as const)),
  )('of the kind %s where it lies in %s', (kind, folder) => {
    expect(refusalOfPath(root, kind, `${root}/${folder}/scan-1/a.json`)).toBeUndefined();
    expect(refusalOfPath(root, kind, `${root}/${folder}/scan-1/a/b.bin`)).toBeUndefined();
  });

  test.each([
    'points/on-demand-1.json',
    'scans/scan-1.json',
    'scrub/files/sha256/00-end.bin',
    'ledger/2026-03-01-0.jsonl',
    'scan-parts/scan-1.json',
    'scan-parts//a.json',
    'scan-parts/../points/a.json',
    'scan-parts/scan-1/../../points/a.json',
    'scan-parts/./a.json',
    'scan-parts/scan-1/',
    'scan-parts-of-others/scan-1/a.json',
    '',
  ])('never as %s', (path) => {
    expect(refusalOfPath(root, 'scan-documents', `${root}/${path}`)).toMatch(/no document of the kind/);
  });

  test('never of another system, region or version', () => {
    for (const other of ['v1/shop/eastus', 'v1/shop2/westeurope', 'v2/shop/westeurope', ''])
      expect(refusalOfPath(root, 'scan-documents', `${other}/scan-parts/scan-1/a.json`)).toBeDefined();
    expect(refusalOfPath(root, 'scan-documents', `x/${root}/scan-parts/scan-1/a.json`)).toBeDefined();
  });
});
