/** Change records in the estate file: what is asked for, and where the PEM texts come from. */
import { describe, expect, it } from 'vitest';
import { changeRecordSource, withPemTexts } from '../../src/contracts/change-records.ts';
import { checkEstate } from '../../src/contracts/estate.ts';

const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const source = {
  database: 'main',
  table: 'shop.change_record',
  columns: { sequence: 'sequence', record: 'jws' },
  trustAnchors: ['file:trust/anchor.pem'],
  revocationLists: { table: 'shop.revocation_list', column: 'list_pem' },
};

describe('The change records of a store', () => {
  it('have their anchors as text or in a file beside the estate file, never outside of it', () => {
    expect(changeRecordSource.safeParse(source).success).toBe(true);
    expect(changeRecordSource.safeParse({ ...source, trustAnchors: [pem] }).success).toBe(true);
    for (const anchor of [
      'file:../anchor.pem',
      'file:/etc/anchor.pem',
      'https://trust.example/anchor.pem',
      'anchor.pem',
      '',
    ])
      expect(changeRecordSource.safeParse({ ...source, trustAnchors: [anchor] }).success, anchor).toBe(false);
    expect(changeRecordSource.safeParse({ ...source, trustAnchors: [] }).success).toBe(false);
  });

  it('get the text of each file, and say which one holds none', () => {
    const read = (path: string) => (path === 'trust/anchor.pem' ? pem : 'nothing');
    const parsed = changeRecordSource.parse({ ...source, revocationLists: ['file:trust/list.pem'] });
    expect(() => withPemTexts(parsed, read)).toThrow('file:trust/list.pem of the estate file');
    const inColumn = changeRecordSource.parse(source);
    expect(withPemTexts(inColumn, read)).toEqual({ ...inColumn, trustAnchors: [pem] });
  });

  it('stand in a database of the same region', () => {
    const yaml = JSON.stringify({
      version: 1,
      systems: [
        {
          id: 'shop',
          regions: [{ databases: [], blobStores: [{ changeRecords: { ...source, table: 'x' } }] }],
        },
      ],
    });
    const result = checkEstate(yaml);
    const paths = 'problems' in result ? result.problems.map((one) => one.path) : [];
    expect(paths).toContain('systems[0].regions[0].blobStores[0].changeRecords.table');
  });
});
