import { expect, test } from 'vitest';
import { parseServerName } from '../../src/policy/identifiers.ts';
import { mustNotBeOfEstate } from '../../src/policy/new-server-name.ts';

const servers = ['rg-one/shop-eastus', 'rg-two/lms-eastus'].map((place) => {
  const [group, name] = place.split('/');
  return `/subscriptions/00000000-0000-4000-8000-000000000000/resourceGroups/${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${name}`;
});

test('a new server is never called like one of the estate, in whatever group that stands', () => {
  for (const name of ['shop-eastus', 'lms-eastus'])
    expect(() => mustNotBeOfEstate(parseServerName(name), servers)).toThrow(
      expect.objectContaining({ code: 'bad-input', message: expect.stringContaining(`/${name}, which the`) }),
    );
  expect(() => mustNotBeOfEstate(parseServerName('shop-eastus-2'), servers)).not.toThrow();
});
