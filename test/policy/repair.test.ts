import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import {
  copyKinds,
  decideItem,
  decideRepair,
  judgeApproval,
  orderCopies,
  type BlobNow,
  type CopyVerdict,
  type StoredApproval,
} from '../../src/policy/repair.ts';

const at = (day: number): DateTime => DateTime.utc(2026, 3, day);
const damagedBlob: BlobNow = { state: 'damaged', version: 'v1', size: 3, digest: 'sha256-bad' };
const absent: BlobNow = { state: 'absent' };

describe('the order of copies', () => {
  test('is from the nearest to the one that has to be written to be read, the newest of a kind first', () => {
    const copies = [
      { kind: 'soft-deleted', at: at(9) },
      { kind: 'vault', at: undefined },
      { kind: 'version', at: at(1) },
      { kind: 'secondary', at: at(8) },
      { kind: 'version', at: at(3) },
      { kind: 'version', at: undefined },
    ] as const;
    expect(orderCopies(copies).map((copy) => `${copy.kind} ${copy.at?.day ?? '?'}`)).toEqual([
      'version 3',
      'version 1',
      'version ?',
      'secondary 8',
      'vault ?',
      'soft-deleted 9',
    ]);
    expect(copyKinds.at(-1)).toBe('soft-deleted');
  });
});

describe('a blob', () => {
  test('that is right is left alone, whatever copies there are', () => {
    const right: BlobNow = { state: 'right', version: 'v1' };
    expect(decideRepair(right, [{ kind: 'version', verdict: 'good' }])).toMatchObject({
      decision: 'not-damaged-any-more',
    });
  });

  test('that does not hold still is left alone', () => {
    const now: BlobNow = { state: 'unsteady', detail: 'it changes while it is read' };
    expect(decideRepair(now, [{ kind: 'version', verdict: 'good' }])).toEqual({
      decision: 'refused',
      sentence: 'left alone: it changes while it is read',
    });
  });

  test.each([damagedBlob, absent])('that is $state is repaired from the first good copy', (now) => {
    const copies = (['bad', 'gone', 'unreadable', 'good'] as const).map((verdict) => ({
      kind: 'version' as const,
      verdict,
    }));
    expect(decideRepair(now, copies)).toMatchObject({ decision: 'repairable', from: 3 });
  });

  test.each<CopyVerdict>(['bad', 'gone', 'unreadable'])(
    'whose every copy is %s is not written',
    (verdict) => {
      for (const now of [damagedBlob, absent]) {
        const decided = decideRepair(now, [
          { kind: 'version', verdict },
          { kind: 'secondary', verdict },
        ]);
        expect(decided).toMatchObject({
          decision: 'no-good-copy',
          sentence: expect.stringContaining(`an earlier version is ${verdict}`) as string,
        });
        expect(decided.from).toBeUndefined();
      }
    },
  );

  test('without any copy is not written, and the sentence says so', () => {
    expect(decideRepair(absent, []).sentence).toBe(
      'it is not there; there is no copy of it: nothing is written',
    );
  });

  test('is brought back from its soft-deleted content only where nothing stands, and only if nothing else is good', () => {
    const unseen = { kind: 'soft-deleted', verdict: 'unseen' } as const;
    expect(decideRepair(absent, [unseen])).toMatchObject({ decision: 'repairable', from: 0 });
    expect(decideRepair(damagedBlob, [unseen])).toMatchObject({ decision: 'no-good-copy' });
    expect(decideRepair(absent, [{ kind: 'vault', verdict: 'good' }, unseen])).toMatchObject({ from: 0 });
  });
});

describe('an item of a plan', () => {
  const planned = { version: 'v1', digest: 'sha256-bad' };

  test('goes on only while the blob is exactly what the plan was made for', () => {
    expect(decideItem(planned, damagedBlob)).toEqual({ go: true });
    expect(decideItem('absent', absent)).toEqual({ go: true });
  });

  test.each<[string, Parameters<typeof decideItem>[0], BlobNow, string]>([
    ['was written again', planned, { ...damagedBlob, version: 'v2' }, 'refused'],
    ['decayed further under the same version', planned, { ...damagedBlob, digest: 'sha256-w' }, 'refused'],
    ['is gone', planned, absent, 'refused'],
    ['came back wrong', 'absent', damagedBlob, 'refused'],
    ['was repaired', planned, { state: 'right', version: 'v2' }, 'not-damaged-any-more'],
    ['came back right', 'absent', { state: 'right', version: 'v2' }, 'not-damaged-any-more'],
    ['changes while it is read', planned, { state: 'unsteady', detail: 'x' }, 'refused'],
  ])('whose blob %s does not', (_what, plan, now, decision) => {
    expect(decideItem(plan, now)).toMatchObject({ go: false, decision });
  });
});

describe('an approval', () => {
  const plan = 'sha256-plan';
  const now = at(5);
  const approval: StoredApproval = {
    ...{ digest: plan, decision: 'approved', by: 'Head of Shop', at: at(4), expiresAt: at(6) },
  };

  test('counts for the plan of its digest until it expires', () => {
    expect(judgeApproval(plan, approval, ['lifeboat'], now)).toMatchObject({ state: 'approved' });
    expect(judgeApproval(plan, undefined, ['lifeboat'], now)).toMatchObject({ state: 'waiting' });
    expect(judgeApproval(plan, { ...approval, decision: 'rejected' }, ['lifeboat'], now)).toMatchObject({
      state: 'rejected',
    });
  });

  test.each([
    ['is of another plan', { digest: 'sha256-other' }],
    ['has expired', { expiresAt: now }],
    ['is by the one who acts', { by: 'lifeboat' }],
    ['is by nobody', { by: ' ' }],
  ])('that %s does not count', (_what, changes) => {
    expect(judgeApproval(plan, { ...approval, ...changes }, ['lifeboat'], now)).toMatchObject({
      state: 'void',
    });
  });
});
