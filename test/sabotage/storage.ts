/** What lies beside the database and is not what it was: blobs, pages on the disk, and the documents of the point. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { addressFromHex, blobNameFor } from '../../src/policy/content-address.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import type { Damage } from '../support/memory-contents.ts';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { layout } from '../support/world.ts';
import type { Sabotage } from './sabotage.ts';
import { hexOf } from './shop.ts';
import type { SabotagedDrill } from './stage.ts';

const blob = blobNameFor(layout, addressFromHex('sha256', hexOf('two'))!);

const damaged = (
  name: string,
  damage: Damage,
  says: RegExp,
  result: Sabotage['result'] = 'FAIL',
): Sabotage => ({
  ...{ name, says, result, checks: ['references'] },
  arrange: ({ world }) => world.contents.damage(blob, damage),
});

/** Changes one document of the point in the vault. */
const rewritten = (
  name: string,
  pathOf: (drill: SabotagedDrill) => string,
  change: (text: string) => string,
  expected: Pick<Sabotage, 'result' | 'checks' | 'says'>,
): Sabotage => ({
  ...{ name, ...expected },
  arrange: (drill) => {
    const at = pathOf(drill);
    drill.world.vault.put(at, change(drill.world.vault.text(at)));
  },
});
const inventory = ({ world, point }: SabotagedDrill): string =>
  world.vault
    .paths(vaultPaths.inventory(scope, point, '').replace(/\.txt$/, ''))
    .find((one) => one.endsWith('.txt'))!;
const schema = ({ point, world }: SabotagedDrill): string =>
  world.vault
    .paths(vaultPaths.schema(scope, point, '').replace('.schema.jsonl', ''))
    .find((one) => one.endsWith('.schema.jsonl'))!;
const fingerprint = ({ point }: SabotagedDrill): string => vaultPaths.fingerprint(scope, point, 'main');
const configuration = ({ point }: SabotagedDrill): string =>
  vaultPaths.configuration(scope, point, sourceServer.split('/').at(-1)!);

/** Bytes of a relation changed where they lie. */
const onDisk = (name: string, relation: string, says: RegExp, ...more: string[]): Sabotage => ({
  ...{ name, says, result: 'FAIL', checks: ['pages', ...more] },
  arrange: async ({ stage, database }) => {
    const [row] = await stage.query(database, `SELECT pg_relation_filepath('${relation}') AS file`);
    await stage.query(database, 'CHECKPOINT');
    const { cluster } = stage.server;
    await cluster.stop('fast');
    const handle = await open(path.join(cluster.paths.dataDir, row!['file'] as string), 'r+');
    await handle.write(Buffer.from([0xff, 0x00, 0xff]), 0, 3, 4_000);
    await handle.close();
    await cluster.start();
  },
});

export const storageSabotages: readonly Sabotage[] = [
  damaged('a blob that is gone', 'missing', /is missing: no such blob/),
  damaged('a bit flipped in a blob', 'flip', /is digest-mismatch: its content hashes to/),
  damaged('a blob that is cut', 'cut', /is wrong-size/),
  damaged(
    'a blob that cannot be read',
    'unreadable',
    /check references gave no answer: .*is unreadable/,
    'INCONCLUSIVE',
  ),
  damaged(
    'a blob whose reading breaks off',
    'broken-off',
    /check references gave no answer: .*is unreadable/,
    'INCONCLUSIVE',
  ),
  {
    ...{ name: 'an old content under the address of a newer one', result: 'FAIL', checks: ['references'] },
    says: /is digest-mismatch: its content hashes to/,
    arrange: ({ world }) => void world.contents.blobs.set(blob, Buffer.from('one')),
  },
  onDisk(
    'a page of a table damaged on the disk',
    'shop.orders',
    /shop\.orders \(main\): invalid page in block 0/,
    'fingerprint',
    'indexes',
  ),
  onDisk(
    'a page of an index damaged on the disk',
    'shop.orders_amount',
    /shop\.orders_amount \(main\): invalid page/,
    'fingerprint',
    'indexes',
  ),
  {
    ...{ name: 'an index over other rows than those of its table', result: 'FAIL', checks: ['indexes'] },
    sql: `SET allow_system_table_mods = on;
      WITH two AS (SELECT max(relfilenode) FILTER (WHERE relname = 'orders_amount') AS amount,
                          max(relfilenode) FILTER (WHERE relname = 'orders_item') AS item
                   FROM pg_class WHERE relname IN ('orders_amount', 'orders_item'))
      UPDATE pg_class SET relfilenode = CASE relname WHEN 'orders_amount' THEN two.item ELSE two.amount END
      FROM two WHERE relname IN ('orders_amount', 'orders_item')`,
    says: /heap tuple .* lacks matching index tuple within index "orders_(amount|item)"/,
  },
  rewritten('an inventory that was cut', inventory, (text) => text.split('\n').slice(0, 3).join('\n'), {
    ...{ result: 'FAIL', checks: ['references'], says: /its last line is missing/ },
  }),
  rewritten(
    'an inventory with another address',
    inventory,
    (text) => text.replace(hexOf('one'), 'a'.repeat(64)),
    {
      ...{ result: 'FAIL', checks: ['references'], says: /not those that were recorded/ },
    },
  ),
  rewritten(
    'a fingerprint that was made to fit',
    fingerprint,
    (text) => text.replace('"rows":500', '"rows":499'),
    {
      ...{
        result: 'INCONCLUSIVE',
        says: /the fingerprint of \S+ is not the one that the point was recorded with/,
      },
    },
  ),
  rewritten('a schema document that was cut', schema, (text) => text.split('\n').slice(0, 5).join('\n'), {
    ...{
      result: 'INCONCLUSIVE',
      checks: ['schema'],
      says: /check schema gave no answer: .* is not what was recorded/,
    },
  }),
  rewritten('a configuration that was made to fit', configuration, (text) => text.replace('8192', '4096'), {
    ...{
      result: 'INCONCLUSIVE',
      checks: ['configuration'],
      says: /the configuration \S+ is not the one that the point was recorded with/,
    },
  }),
];
