/** A schema that is not the one of the point: objects gone, new, or defined as something else. */
import type { Sabotage } from './sabotage.ts';

const altered = (name: string, sql: string, says: RegExp, ...more: string[]): Sabotage => ({
  ...{ name, sql, says, result: 'FAIL', checks: ['schema', ...more] },
});

export const schemaSabotages: readonly Sabotage[] = [
  altered('a table that is gone', 'DROP TABLE shop.tuesday', /table shop\.tuesday is missing/, 'fingerprint'),
  altered(
    'a table that was not there',
    'CREATE TABLE shop.more (n int)',
    /table shop\.more was not there/,
    'fingerprint',
  ),
  altered(
    'two tables that are renamed',
    'ALTER TABLE shop.monday RENAME TO a; ALTER TABLE shop.tuesday RENAME TO monday; ALTER TABLE shop.a RENAME TO tuesday',
    /table shop\.(monday|tuesday) has other content/,
    'fingerprint',
  ),
  altered(
    'a column of another type',
    'ALTER TABLE shop.monday ALTER note TYPE varchar(40)',
    /column shop\.monday\.note is another/,
  ),
  altered(
    'a column more',
    'ALTER TABLE shop.item ADD more int',
    /column shop\.item\.more was not there/,
    'fingerprint',
  ),
  altered(
    'a default that is gone',
    'ALTER TABLE shop.orders ALTER amount DROP DEFAULT',
    /column shop\.orders\.amount is another/,
  ),
  altered(
    'a rule that is gone',
    'ALTER TABLE shop.orders DROP CONSTRAINT orders_amount_check',
    /orders_amount_check is missing/,
  ),
  altered(
    'a foreign key that is gone',
    'ALTER TABLE shop.orders DROP CONSTRAINT orders_item_fkey',
    /orders_item_fkey is missing/,
  ),
  altered('an index that is gone', 'DROP INDEX shop.orders_amount', /index shop\.orders_amount is missing/),
  altered(
    'a view that shows something else',
    "CREATE OR REPLACE VIEW shop.open_job AS SELECT id FROM shop.job WHERE state = 'done'",
    /view shop\.open_job is another/,
  ),
  altered(
    'a function that does something else',
    "CREATE OR REPLACE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    /function shop\.touch\(\) is another/,
  ),
  altered(
    'a trigger that is off',
    'ALTER TABLE shop.job DISABLE TRIGGER touched',
    /trigger shop\.job\.touched is another/,
  ),
  altered(
    'a policy that lets everybody in',
    'ALTER POLICY own ON shop.orders USING (true)',
    /policy shop\.orders\.own is another/,
  ),
  altered(
    'row security that is off',
    'ALTER TABLE shop.orders DISABLE ROW LEVEL SECURITY',
    /table shop\.orders is another/,
  ),
  altered(
    'a grant that is lost',
    'REVOKE SELECT ON shop.item FROM shop_clerk',
    /table shop\.item is another/,
  ),
  altered(
    'an owner that is another',
    'ALTER TABLE shop.item OWNER TO shop_clerk',
    /table shop\.item is another: .*owner shop_clerk/,
  ),
  altered(
    'an enum with a value more',
    "ALTER TYPE shop.state ADD VALUE 'late'",
    /type shop\.state is another/,
  ),
  altered(
    'a sequence that is behind',
    "SELECT setval('shop.job_id_seq', 10)",
    /job_id_seq is behind: it had given out 50/,
  ),
  altered(
    'pages that cannot be read for want of an extension',
    'DROP EXTENSION pg_prewarm',
    /extension pg_prewarm is missing/,
    'pages',
  ),
  altered(
    'indexes that cannot be verified for want of an extension',
    'DROP EXTENSION amcheck',
    /extension amcheck is missing/,
    'indexes',
  ),
];
