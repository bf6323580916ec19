/** The design tells of every document of Lifeboat's own where it lies and what removes it, as the program does it. */
import { describe, expect, test } from 'vitest';
import { ownDocuments } from '../../src/policy/own-documents.ts';
import { textOf } from './markdown.ts';

const [, section = ''] = textOf('docs/design.md').split('\n### What is removed\n');
const [table = ''] = section.split('\n### ');
const says = {
  prune: 'record',
  report: 'the prune, as a whole',
  scan: 'the end of a scan',
  nobody: 'nothing:',
};

describe('the design', () => {
  test.each(ownDocuments.map(({ form, removal }) => [form, says[removal.by]]))(
    'says of %s: %s',
    (form, by) => {
      const rows = table.split('\n').filter((line) => line.includes(`\`${form}\``));
      expect(rows).toHaveLength(1);
      expect(rows[0]?.split('|')[2]?.trim()).toMatch(new RegExp(`^${by}`));
    },
  );

  test('tells of no other', () => {
    const forms = [...table.matchAll(/^\| (`.+`) \|/gm)].flatMap(([, cell = '']) =>
      cell.match(/[^`, ]+(?=`)/g),
    );
    expect(new Set(forms)).toEqual(new Set(ownDocuments.map(({ form }) => form)));
  });
});
