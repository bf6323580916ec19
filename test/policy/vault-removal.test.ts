import { describe, expect, test } from 'vitest';
import { refusalOfPath } from '../../src/policy/vault-removal.ts';

const root = 'v1/shop/westeurope';

describe('a document of the vault may go', () => {
  test.each([
    ['scan-documents', 'scan-records/scan-1/a.bin'],
    ['scan-documents', 'expected/scan-1/files/sha256/00-end.bin'],
    ['scan-documents', 'scan-parts/scan-1/a.json'],
    ['scan-documents', 'scan-plans/scan-1/a.json'],
    ['reports', 'reports/drill-1/report.json'],
    ['reports', 'reports/drill-1/evidence/a.json'],
    ['own-documents', 'reports/drill-1/closing.json'],
    ['own-documents', 'slots/drill-1.json'],
    ['own-documents', 'alerts/scan-damage.json'],
  ] as const)('of the kind %s as %s', (kind, path) => {
    expect(refusalOfPath(root, kind, `${root}/${path}`)).toBeUndefined();
  });

  test.each([
    'ledger/2026-03-01-0.jsonl',
    'audit-checkpoints/2026-03.jsonl',
    'report-chain/00000001.json',
    'quarantine/files/ab-1',
    'copies/files/ab',
    'scrub-set-aside/files/sha256/a.bin',
    'scrub/files/sha256/00-end.bin',
    'scan-plans/scan-1/a.json',
    'watch.json',
    'slots/drill-1.json.bak',
    'slots/../ledger/a.json',
  ])('never as a record that is %s', (path) => {
    expect(refusalOfPath(root, 'own-documents', `${root}/${path}`)).toBeDefined();
    expect(refusalOfPath(root, 'reports', `${root}/${path}`)).toBeDefined();
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
