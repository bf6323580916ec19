import { expect, test } from 'vitest';
import { isNotReplicatedYet, regionLossProblem } from '../../src/policy/region-loss.ts';

const region = {
  region: 'westeurope',
  drill: { pairedRegion: 'northeurope' },
  databases: [{ id: 'main', redundancy: 'geo' }],
  blobStores: [{ id: 'files', redundancy: 'geo-zone' }],
};

test('what is replicated can be brought up where the estate says so', () => {
  expect(regionLossProblem(region)).toBeUndefined();
  expect(regionLossProblem({ ...region, blobStores: [] })).toBeUndefined();
});

test.each([
  [{ databases: [{ id: 'main', redundancy: 'zone' }] }, /database main would be lost with westeurope/],
  [{ blobStores: [{ id: 'files', redundancy: 'local' }] }, /blob store files would be lost/],
  [{ drill: {} }, /names no paired region of westeurope/],
])('nothing comes up elsewhere with %j', (change, why) => {
  expect(regionLossProblem({ ...region, ...change })).toMatch(why);
});

test('only what came after the last sync, or in its second, is not replicated yet; where nothing is known it is missing', () => {
  expect([isNotReplicatedYet(11, 10), isNotReplicatedYet(10, 10)]).toEqual([true, true]);
  expect([
    isNotReplicatedYet(9, 10),
    isNotReplicatedYet(undefined, 10),
    isNotReplicatedYet(11, undefined),
  ]).toEqual([false, false, false]);
});
