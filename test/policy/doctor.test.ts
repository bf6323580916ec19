/** The verdicts of the doctor, each over the facts that make it turn. */
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { judgeCheckpoint, judgeCheckpointWrite, judgePlace } from '../../src/policy/doctor/checkpoints.ts';
import { judgeOwnClock, judgeProfile, judgeVersions } from '../../src/policy/doctor/command.ts';
import {
  judgeBackups,
  judgeExtensions,
  judgeHeartbeat,
  judgeKeeping,
  judgeServer,
  judgeSetup,
} from '../../src/policy/doctor/data.ts';
import {
  judgeClocks,
  judgeSignature,
  judgeTaskHub,
  judgeVaultWrite,
  type StandingRuns,
} from '../../src/policy/doctor/services.ts';
import { judgeAlert, judgeExposure, judgeGroup, judgeRun } from '../../src/policy/doctor/upkeep.ts';
import { roughly, type Verdict } from '../../src/policy/doctor/verdict.ts';

const now = DateTime.fromISO('2026-03-01T01:30:00.000Z', { zone: 'utc' });
const queue = (waiting: StandingRuns['waiting']): StandingRuns => ({ waiting, suspended: [] });
const ago = (seconds: number): DateTime => now.minus({ seconds });
const clock = (seconds: number | undefined) => [{ source: 'storage', seconds }];
const here = 'westeurope';
const keeping = { softDelete: true, versions: true, mayDelete: false, location: here };
const run = { kind: 'snapshot', freshness: 'on-time', because: undefined, seconds: 60 } as const;
const exposure = { verdict: 'within', seconds: 60, objectiveSeconds: 900 } as const;

const seen = { problem: undefined, sequence: 7, unsignedSeconds: undefined };

const cases: readonly (readonly [string, Verdict, Verdict['state']])[] = [
  ['checkpoints in another account', judgePlace('https://a.b/v', 'https://c.b/v'), 'ok'],
  ['checkpoints in the vault’s account', judgePlace('https://a.b/v', 'https://A.b/w/'), 'warning'],
  ['accounts that are parts of a path', judgePlace('https://a.b:1/x/v', 'https://a.b:1/y/v'), 'ok'],
  ['appends that are let in', judgeCheckpointWrite(false), 'ok'],
  ['appends anywhere', judgeCheckpointWrite(true), 'failed'],
  ['nothing to append to', judgeCheckpointWrite(undefined), 'warning'],
  ['a checkpoint of the last entry', judgeCheckpoint(seen), 'ok'],
  ['a log without an entry', judgeCheckpoint({ ...seen, sequence: undefined }), 'ok'],
  ['an entry of half an hour', judgeCheckpoint({ ...seen, unsignedSeconds: 1_800 }), 'ok'],
  ['an entry that waits', judgeCheckpoint({ ...seen, unsignedSeconds: 1_801 }), 'failed'],
  ['a foreign checkpoint', judgeCheckpoint({ ...seen, problem: 'foreign' }), 'failed'],
  ['a vault that lets writes in', judgeVaultWrite(false), 'ok'],
  ['a vault without conditions', judgeVaultWrite(true), 'failed'],
  ['a vault without a document to try on', judgeVaultWrite(undefined), 'warning'],
  ['clocks that agree', judgeClocks(clock(30)), 'ok'],
  ['clocks that are noticeably apart', judgeClocks(clock(-31)), 'warning'],
  ['clocks that forbid deletions', judgeClocks(clock(301)), 'failed'],
  ['a clock that did not answer', judgeClocks(clock(undefined)), 'failed'],
  ['a signature', judgeSignature({ keyId: 'k', isValid: true, expiresAt: undefined }, now), 'ok'],
  [
    'a key of another month',
    judgeSignature({ keyId: 'k', isValid: true, expiresAt: now.plus({ days: 30 }) }, now),
    'ok',
  ],
  [
    'a key that expires',
    judgeSignature({ keyId: 'k', isValid: true, expiresAt: now.plus({ days: 29 }) }, now),
    'warning',
  ],
  [
    'a signature of something else',
    judgeSignature({ keyId: 'k', isValid: false, expiresAt: undefined }, now),
    'failed',
  ],
  ['an empty queue', judgeTaskHub(queue([]), now), 'ok'],
  ['a queue that moves', judgeTaskHub(queue([{ id: 'a', since: ago(60) }]), now), 'ok'],
  [
    'a queue that is slow',
    judgeTaskHub(
      queue([
        { id: 'a', since: ago(1) },
        { id: 'b', since: ago(61) },
      ]),
      now,
    ),
    'warning',
  ],
  ['a queue that stands', judgeTaskHub(queue([{ id: 'a', since: ago(301) }]), now), 'failed'],
  [
    'one that somebody halted',
    judgeTaskHub({ waiting: [], suspended: [{ id: 'a', since: ago(1) }] }, now),
    'failed',
  ],
  ['a server', judgeServer({ state: 'Ready', location: here }, here), 'ok'],
  ['a stopped server', judgeServer({ state: 'Stopped', location: here }, here), 'failed'],
  ['a server elsewhere', judgeServer({ state: 'Ready', location: 'eastus' }, here), 'failed'],
  ['no server', judgeServer(undefined, here), 'failed'],
  ['backups', judgeBackups([{ kind: 'automatic' }]), 'ok'],
  ['no backup', judgeBackups([]), 'failed'],
  ['a setup', judgeSetup([{ part: 'a', state: 'ok' }], 'app'), 'ok'],
  [
    'a setup with a gap',
    judgeSetup(
      [
        { part: 'a', state: 'ok' },
        { part: 'b', state: 'missing' },
      ],
      'app',
    ),
    'failed',
  ],
  ['a setup that says nothing', judgeSetup([], 'app'), 'failed'],
  ['extensions in any case', judgeExtensions('PG_PREWARM, amcheck,hstore'), 'ok'],
  ['one extension', judgeExtensions('amcheck'), 'warning'],
  ['no extensions', judgeExtensions(undefined), 'warning'],
  ['a heartbeat', judgeHeartbeat(180), 'ok'],
  ['a heartbeat of a clock ahead', judgeHeartbeat(-2), 'ok'],
  ['a late heartbeat', judgeHeartbeat(181), 'warning'],
  ['a silent heart', judgeHeartbeat(901), 'failed'],
  ['no heartbeat', judgeHeartbeat(undefined), 'failed'],
  ['a store that keeps', judgeKeeping(keeping, here), 'ok'],
  ['a store with versions alone', judgeKeeping({ ...keeping, softDelete: false }, here), 'ok'],
  [
    'a store that keeps nothing',
    judgeKeeping({ ...keeping, softDelete: false, versions: false }, here),
    'warning',
  ],
  [
    'a store that keeps nothing of what is deleted',
    judgeKeeping({ ...keeping, softDelete: false, versions: false, mayDelete: true }, here),
    'failed',
  ],
  ['a store elsewhere', judgeKeeping({ ...keeping, location: 'eastus' }, here), 'failed'],
  ['a run on time', judgeRun(run), 'ok'],
  ['a run that is due', judgeRun({ ...run, freshness: 'due' }), 'ok'],
  ['a late run', judgeRun({ ...run, freshness: 'late', because: 'it never began' }), 'failed'],
  [
    'a first snapshot that is still to come',
    judgeRun({ ...run, freshness: 'not-yet', seconds: undefined }),
    'warning',
  ],
  [
    'a first scan that is still to come',
    judgeRun({ ...run, kind: 'scan', freshness: 'not-yet', seconds: undefined }),
    'ok',
  ],
  ['an exposure within the objective', judgeExposure(exposure), 'ok'],
  ['an exposure over it', judgeExposure({ ...exposure, verdict: 'over' }), 'warning'],
  ['an exposure that is not known', judgeExposure({ ...exposure, verdict: 'unknown' }), 'warning'],
  ['nothing proven', judgeExposure({ ...exposure, verdict: 'nothing-proven', seconds: undefined }), 'failed'],
  ['an empty group', judgeGroup({ group: 'rg', strangers: [], known: 0 }), 'ok'],
  ["a group of drills' own", judgeGroup({ group: 'rg', strangers: [], known: 2 }), 'ok'],
  ['a stranger', judgeGroup({ group: 'rg', strangers: ['x'], known: 0 }), 'warning'],
  [
    'a critical alert',
    judgeAlert({ severity: 'critical', title: 't', runbook: 'runbooks/restore.md' }),
    'failed',
  ],
  ['a warning', judgeAlert({ severity: 'warning', title: 't', runbook: 'runbooks/restore.md' }), 'warning'],
  ['a profile of its owner', judgeProfile('p', 0o600), 'ok'],
  ['a profile where there are no modes', judgeProfile('p', undefined), 'ok'],
  ['a profile that the group reads', judgeProfile('p', 0o640), 'warning'],
  ['a profile that everybody reads', judgeProfile('p', 0o604), 'warning'],
  ['one version', judgeVersions('1.0.0', '1.0.0'), 'ok'],
  ['two versions', judgeVersions('1.0.0', '1.1.0'), 'warning'],
  ['a clock that agrees', judgeOwnClock(-60), 'ok'],
  ['a clock that is apart', judgeOwnClock(61), 'warning'],
  ['a clock that is wrong', judgeOwnClock(-301), 'failed'],
];

test.each(cases)('%s', (_what, verdict, state) => {
  expect(verdict.state).toBe(state);
});

describe('whatever is not well', () => {
  test.each(cases.filter(([, { state }]) => state !== 'ok'))('says what to do: %s', (_what, verdict) => {
    expect(verdict).toHaveProperty('next', expect.stringMatching(/\S/));
  });
});

test.each([
  [0.4, '0 s'],
  [119, '119 s'],
  [900, '15 min'],
  [9_000, '2.5 h'],
  [86_400, '24 h'],
  [180_000, '2.1 d'],
])('%d seconds are about %s', (seconds, text) => expect(roughly(seconds)).toBe(text));
