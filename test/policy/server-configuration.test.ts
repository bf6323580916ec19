import { describe, expect, test } from 'vitest';
import {
  configurationDrift,
  networkRulesToSet,
  reasonToLeaveOut,
  type Configuration,
} from '../../src/policy/server-configuration.ts';

const clerk = { name: 'clerk', attributes: 'login', memberOf: ['staff'], settings: ['work_mem=1MB'] };
const recorded: Configuration = {
  parameters: [
    { name: 'work_mem', value: '8192' },
    { name: 'cron.database_name', value: 'shop' },
    { name: 'azure.extensions', value: 'AMCHECK' },
  ],
  roles: [clerk, { ...clerk, name: 'azure_pg_admin' }],
  platform: { version: '18', tier: 'GeneralPurpose', highAvailability: 'ZoneRedundant' },
};
const found: Configuration = {
  ...recorded,
  parameters: recorded.parameters.filter(({ name }) => !name.startsWith('cron.')),
};
const findingsOf = (changes: Partial<Configuration>): readonly string[] =>
  configurationDrift(recorded, { ...found, ...changes }).findings;

describe('a restored server', () => {
  test('that was given everything back has not drifted; what was left out is told', () => {
    expect(configurationDrift(recorded, found)).toEqual({
      findings: [],
      told: [
        'parameter cron.database_name = "shop" was left out: it would let scheduled jobs run on the copy',
      ],
    });
  });

  test.each<[string, Partial<Configuration>, string]>([
    [
      'without a parameter',
      { parameters: found.parameters.slice(1) },
      'parameter work_mem: recorded "8192", found the default',
    ],
    [
      'with another value',
      { parameters: [{ name: 'work_mem', value: '1' }, found.parameters[1]!] },
      'parameter work_mem: recorded "8192", found "1"',
    ],
    [
      'with a parameter more',
      { parameters: [...found.parameters, { name: 'fsync', value: 'off' }] },
      'parameter fsync: recorded the default, found "off"',
    ],
    ['without a login', { roles: [] }, 'login clerk is missing: recorded login'],
    [
      'with a stronger login',
      { roles: [{ ...clerk, attributes: 'login, superuser' }] },
      'login clerk: attributes recorded as login, found login, superuser',
    ],
    [
      'with another membership',
      { roles: [{ ...clerk, memberOf: [] }] },
      'login clerk: memberships recorded as staff, found none',
    ],
    [
      'with a login more',
      { roles: [clerk, { ...clerk, name: 'stranger' }] },
      'login stranger was not there before: login',
    ],
    [
      'of another version',
      { platform: { ...found.platform, version: '17' } },
      'version: recorded 18, found 17',
    ],
  ])('%s has drifted', (_what, changes, finding) => {
    expect(findingsOf(changes)).toEqual([finding]);
  });

  test('never has high availability: that is told, not found', () => {
    const platform = { ...found.platform, highAvailability: 'Disabled' };
    const drift = configurationDrift(recorded, { ...found, platform });
    expect(drift.findings).toEqual([]);
    expect(drift.told).toContain('highAvailability: recorded ZoneRedundant, found Disabled');
  });

  test('lets in what it lets in: recorded network rules that it lacks are told, whatever they are called', () => {
    const office = { name: 'office', start: '10.0.0.1', end: '10.0.0.9' };
    const lab = { name: 'lab', start: '10.1.0.1', end: '10.1.0.1' };
    expect(networkRulesToSet([office, lab], [{ start: '10.0.0.1', end: '10.0.0.9' }])).toEqual([
      'network rule lab (10.1.0.1 to 10.1.0.1)',
    ]);
  });

  test('is not given libraries that work by themselves', () => {
    const libraries = (value: string) => reasonToLeaveOut({ name: 'shared_preload_libraries', value });
    expect(libraries('pg_stat_statements, PG_CRON')).toContain('pg_cron');
    expect(libraries('pg_stat_statements')).toBeUndefined();
  });
});
