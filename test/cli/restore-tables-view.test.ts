/** Chosen tables in a terminal: what is said stands once, and SQL can be pasted. */
import { expect, test } from 'vitest';
import { renderRestore, renderRestorePlan } from '../../src/cli/restore-plan-view.ts';
import { sqlLines } from '../../src/cli/sql-lines.ts';
import { restoreView } from '../../src/contracts/api/restores.ts';
import { takeOverSql } from '../../src/policy/side-schema.ts';
import { planned } from './canned-restore-plan.ts';
import { expectNarrow } from './golden.ts';

const schema = 'lifeboat_restored_20260301_140217';
const columns = ['id', 'title', 'body', 'created_at', 'author', 'a_rather_long_column', 'a "quoted  one"'];
const takeOver = (table: string) =>
  takeOverSql(schema, table, { table, columns, key: ['id'], isNumbered: true });
const names = ['lms.course', 'lms.document', 'lms.person'];
const tables = {
  ...{ schema, remove: `SELECT "${schema}".remove();` },
  chosen: names.map((table) => ({
    ...{ table, rows: 1_234, bytes: 2_000_000, takeOver: takeOver(table) },
    leftOut: ['foreign key a_fkey', 'foreign key b_fkey'],
  })),
};
const plan = { ...planned.plan, tables, database: 'lms', name: schema };
const count = (text: string, what: string): number => text.split(what).length - 1;
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');

test('a plan of several tables says of a statement once what it does, and breaks none within a word', () => {
  const lines = renderRestorePlan({ ...planned, plan });
  const text = lines.join('\n');
  expectNarrow(text);
  expect(lines.filter((line) => line.startsWith('  -- '))).toHaveLength(3);
  expect(count(text, 'those that are there stay as they are')).toBe(1);
  expect(text).toContain('    without foreign key a_fkey; foreign key b_fkey\n');
  for (const { sql } of names.flatMap(takeOver)) expect(count(flat(text), flat(sql))).toBe(1);
  expect(text).toContain('"a ""quoted  one"""');
});

test('a restore that has ended shows its tables and their SQL once, as they came to', () => {
  const about = { restore: plan.restore, system: 'lms', region: 'northeurope' };
  const view = restoreView.parse({
    ...{ id: plan.restore, operation: 'x', plan },
    request: {
      ...{ schema: 'lifeboat/restore-request/v1', ...about, plan: planned.digest, by: 'Jane' },
      ...{ at: '2026-03-01T14:03:00.000Z', reason: 'rows are gone' },
    },
    end: {
      ...{ schema: 'lifeboat/restore/v1', ...about, endedAt: '2026-03-01T14:30:00.000Z', outcome: 'ready' },
      ...{ detail: 'x', servers: [], checks: [], timeline: [] },
      secondsByPart: { decide: 1, restore: 2, reconfigure: 3, validate: 4 },
      tables: {
        ...{ database: 'lms', schema, state: 'kept', remove: tables.remove },
        tables: names.map((table) => ({
          ...{ table, outcome: 'equal', detail: '1234 rows, each as restored', takeOver: takeOver(table) },
        })),
      },
    },
  });
  const { end: _, ...waiting } = view;
  for (const text of [view, waiting].map((one) => renderRestore(one).join('\n'))) {
    expectNarrow(text);
    expect(count(text, '\nTables\n')).toBe(1);
    expect(count(text, tables.remove)).toBe(1);
    for (const { sql } of names.flatMap(takeOver)) expect(count(flat(text), flat(sql))).toBe(1);
  }
  expect(renderRestore(view).join('\n')).toContain('lms.course: equal, 1234 rows');
});

test('what is quoted is not broken, and a word that is too wide has a line of its own', () => {
  const lines = sqlLines(`SELECT "a b", 'c  d''e' FROM "${'x'.repeat(30)}" WHERE y`, '  ', 20);
  expect(lines).toEqual(['  SELECT "a b",', "    'c  d''e' FROM", `    "${'x'.repeat(30)}"`, '    WHERE y']);
});
