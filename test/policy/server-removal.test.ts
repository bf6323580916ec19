import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import {
  parseServerResourceId,
  serverResourceId,
  type ServerResource,
} from '../../src/policy/identifiers.ts';
import {
  decideServerRemoval,
  drillOwner,
  drillTags,
  type FoundServer,
  type RemovalOrder,
} from '../../src/policy/server-removal.ts';

const target: ServerResource = parseServerResourceId(
  '/subscriptions/8a1d5c1e-0b51-4a7e-9d3c-5f6b7c8d9e0f/resourceGroups/rg-drills/providers/Microsoft.DBforPostgreSQL/flexibleServers/drill-lms-main-1',
)!;
const named = (changes: Partial<Record<'resourceGroup' | 'name', string>>): ServerResource =>
  ({ ...target, ...changes }) as ServerResource;
const declaredAt = DateTime.fromISO('2026-03-01T04:00:00Z', { zone: 'utc' });
const order: RemovalOrder = {
  target,
  owner: drillOwner('drill-20260301T040000Z'),
  plan: `sha256-${'a'.repeat(64)}`,
  allowedResourceGroup: 'rg-drills',
  declaredAt,
  protectedServers: [serverResourceId(named({ resourceGroup: 'rg-prod', name: 'lms-main' }))],
};
const found: FoundServer = {
  id: serverResourceId(target),
  tags: { [drillTags.drill]: order.owner.run, [drillTags.plan]: order.plan, team: 'x' },
  createdAt: declaredAt.plus({ minutes: 3 }),
};
const tagged = (tags: Record<string, string>): FoundServer => ({
  ...found,
  tags: { ...found.tags, ...tags },
});

/** Each guard alone: everything else is as it should be. */
const guards: Record<string, [Partial<RemovalOrder>, Partial<FoundServer>, string]> = {
  'the name of the target is not of a drill': [
    { target: named({ name: 'lms-main' }) },
    { id: serverResourceId(named({ name: 'lms-main' })) },
    'not a drill server',
  ],
  'another server was found': [{}, { id: serverResourceId(named({ name: 'drill-other' })) }, 'another one'],
  'the target lies outside the group for drills': [
    { target: named({ resourceGroup: 'rg-prod' }) },
    {},
    'resource group rg-prod is not the one for drills',
  ],
  'the server found lies outside the group for drills': [
    {},
    { id: serverResourceId(named({ resourceGroup: 'rg-prod' })) },
    'lies in another resource group',
  ],
  'the tag of the drill is missing': [{}, { tags: { [drillTags.plan]: order.plan } }, 'tag lifeboat-drill'],
  'the tag of the drill is of another': [{}, tagged({ [drillTags.drill]: 'drill-2' }), 'tag lifeboat-drill'],
  'the tag of the plan is missing': [
    {},
    { tags: { [drillTags.drill]: order.owner.run } },
    'tag lifeboat-plan',
  ],
  'the tag of the plan is of another': [{}, tagged({ [drillTags.plan]: 'sha256-0' }), 'tag lifeboat-plan'],
  'it is a protected server': [
    { protectedServers: [serverResourceId(target).toUpperCase()] },
    {},
    'a protected server of the estate',
  ],
  'it was made before the drill': [{}, { createdAt: declaredAt.minus({ minutes: 6 }) }, 'created before'],
  'it does not say when it was made': [{}, { createdAt: undefined }, 'does not say when'],
};

describe('the server of a drill', () => {
  test('is removed when name, group, tags and time all say that it is the one', () => {
    expect(decideServerRemoval(order, found)).toEqual({ decision: 'remove' });
  });

  test('is removed although the provider writes the id in another case', () => {
    expect(decideServerRemoval(order, { ...found, id: found.id.toUpperCase() })).toEqual({
      decision: 'remove',
    });
  });

  test('is removed although the clocks differ by a few minutes', () => {
    const early = { ...found, createdAt: declaredAt.minus({ minutes: 4 }) };
    expect(decideServerRemoval(order, early)).toEqual({ decision: 'remove' });
  });

  test.each(Object.entries(guards))(
    'is left standing when only this is wrong: %s',
    (_what, [orders, finds, reason]) => {
      const decision = decideServerRemoval({ ...order, ...orders }, { ...found, ...finds });
      expect(decision).toMatchObject({ decision: 'refuse', reasons: [expect.stringContaining(reason)] });
    },
  );

  test('is left standing with every reason named when several things are wrong', () => {
    fc.assert(
      fc.property(fc.subarray(Object.values(guards), { minLength: 1 }), (wrong) => {
        const orders = Object.assign({}, ...wrong.map(([one]) => one)) as Partial<RemovalOrder>;
        const finds = Object.assign({}, ...wrong.map(([, one]) => one)) as Partial<FoundServer>;
        expect(decideServerRemoval({ ...order, ...orders }, { ...found, ...finds }).decision).toBe('refuse');
      }),
    );
  });
});
