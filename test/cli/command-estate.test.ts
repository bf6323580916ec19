/** What the command says of an estate file, as a process. */
import { expect, test } from 'vitest';
import { estateJsonSchema } from '../../src/contracts/estate-schema.ts';
import { databaseSetupSql } from '../../src/contracts/database-setup.ts';
import { Workplace } from './command.ts';
import { badEstate, goodEstate } from './estates.ts';
import { expectGolden, expectNarrow } from './golden.ts';
import { expectRefused } from './running-apps.ts';

test('a wrong estate file is told with every problem and its path', async () => {
  await using place = await Workplace.make();
  const file = await place.write('estate.yaml', badEstate);
  const refused = await place.run(['estate', 'check']);
  expectRefused(refused, 64, /estate\.yaml has 4 problems:/);
  for (const path of [
    'criticality',
    'objectives.rpo',
    'regions[0].databases[0].server',
    'regions[0].drill',
  ]) {
    expect(refused.stderr).toContain(`\n  systems[0].${path}: `);
  }
  expectNarrow(refused.stderr.replace(file, 'estate.yaml'));
  const json = await place.run(['estate', 'check', file, '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ file, valid: false, problems: { length: 4 } });
  expect(json.code).toBe(64);
});

test('a good estate file is told with an overview', async () => {
  await using place = await Workplace.make();
  await place.write('here/mine.yaml', goodEstate);
  const { code, stdout, stderr } = await place.run(['estate', 'check'], {
    LIFEBOAT_ESTATE: 'here/mine.yaml',
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await expectGolden('estate.txt', stdout.replace(place.folder, '/folder'));
  expect(JSON.parse((await place.run(['estate', 'check', 'here/mine.yaml', '--json'])).stdout)).toMatchObject(
    { valid: true, problems: [] },
  );
  expectRefused(await place.run(['estate', 'check']), 64, /estate\.yaml does not exist/);
});

test('the schema and the setup SQL are written for other programs', async () => {
  await using place = await Workplace.make();
  expect(JSON.parse((await place.run(['estate', 'schema'])).stdout)).toEqual(
    JSON.parse(JSON.stringify(estateJsonSchema())),
  );
  expect((await place.run(['estate', 'setup-sql', '--role', 'lifeboat-app'])).stdout).toBe(
    databaseSetupSql('lifeboat-app'),
  );
  const json = await place.run(['estate', 'setup-sql', '--role', 'r', '--json']);
  expect(JSON.parse(json.stdout)).toEqual({ role: 'r', sql: databaseSetupSql('r') });
});
