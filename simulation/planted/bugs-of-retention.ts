/** Bugs in what the retention decides, and in who may let a plan go. */
import type { PlantedBug } from './planted-bug.ts';

const approvals = 'src/policy/repair.ts';
const standing = 'src/policy/retention/standing.ts';
const holds = 'src/policy/holds.ts';
const apply = 'src/activities/prune/apply.ts';

export const bugsOfRetention: readonly PlantedBug[] = [
  {
    name: 'holds-ignored',
    about: 'a legal hold holds nothing',
    by: ['held'],
    changes: [
      {
        file: holds,
        find: "(hold) => stateOfHold(hold, now) === 'active' && covers(hold.subject, thing),",
        replace:
          "(hold) => stateOfHold(hold, now) === 'active' && hold.id === '' && covers(hold.subject, thing),",
      },
    ],
  },
  {
    name: 'hold-over-time-ignored',
    about: 'a hold over a time holds only what happened at its very beginning',
    by: ['held'],
    changes: [
      {
        file: holds,
        find: 'return instant >= subject.from && instant <= subject.to;',
        replace: 'return +instant === +subject.from;',
      },
    ],
  },
  {
    name: 'held-plan-applied',
    about: 'a plan that the brake holds is carried out without an approval',
    by: ['held-plan'],
    changes: [
      {
        file: 'src/workflows/prune.ts',
        find: 'if (!dryRun && planned.held === undefined) {',
        replace: 'if (!dryRun) {',
      },
      {
        file: apply,
        find: "if (plan.brake.state === 'held') await needApproval",
        replace: "if (plan.brake.sentence === '') await needApproval",
      },
    ],
  },
  {
    name: 'brake-never-holds',
    about: 'no plan is too large for the brake',
    by: ['held-plan'],
    changes: [
      {
        file: 'src/policy/retention/brake.ts',
        find: "return limits.length === 0 ? { state: 'released' }",
        replace: "return limits.length >= 0 ? { state: 'released' }",
      },
    ],
  },
  {
    name: 'own-approval-counts',
    about: 'the product approves its own plans',
    by: ['held-plan'],
    changes: [
      {
        file: approvals,
        find: "if (by.trim() === '' || first.includes(by))",
        replace: "if (by.trim() === '')",
      },
    ],
  },
  {
    name: 'rejection-approves',
    about: 'any decision on a plan counts as its approval',
    by: ['held-plan'],
    changes: [
      { file: approvals, find: "if (approval.decision === 'rejected')", replace: "if (approval.by === '')" },
    ],
  },
  {
    name: 'approval-never-ends',
    isRare: true,
    about: 'an approval counts after its end',
    by: ['held-plan'],
    changes: [
      {
        file: approvals,
        find: 'if (approval.expiresAt <= now)',
        replace: 'if (approval.expiresAt <= now.minus({ days: 30 }))',
      },
    ],
  },
  {
    name: 'stale-plan-accepted',
    about: 'a plan is carried out although what it leans on is gone',
    by: ['stale-plan'],
    changes: [
      {
        file: 'src/activities/prune/plan.ts',
        find: 'if (!isOld) return plan;',
        replace: 'if (isOld || !isOld) return plan;',
      },
    ],
  },
  {
    name: 'only-newest-proven-stays',
    about: 'one proven point is enough, whatever the estate asks for',
    by: ['minimum-proven'],
    changes: [
      {
        file: standing,
        find: 'proven.slice(0, moment.policy.minimumProven)',
        replace: 'proven.slice(0, 1)',
      },
      {
        file: 'src/activities/deleter/backups.ts',
        find: '.slice(0, minimumProven);',
        replace: '.slice(0, 1);',
      },
    ],
  },
  {
    name: 'version-age-from-writing',
    about: 'a version goes by when it was written, not by when it was replaced',
    by: ['window'],
    changes: [
      {
        file: 'src/activities/prune/gather-versions.ts',
        find: 'isCurrent ? at : (next?.at ?? endOf(around, about, name))',
        replace: 'isCurrent || next !== undefined ? at : endOf(around, about, name)',
      },
    ],
  },
  {
    name: 'versions-of-damaged-blobs-go',
    about: 'earlier versions go although their blob is known to be damaged',
    by: ['repair-source'],
    changes: [
      {
        file: 'src/activities/prune/gather-versions.ts',
        find: 'blobIsDamaged: damaged.has(`${store}/${name}`)',
        replace: 'blobIsDamaged: damaged.size < 0',
      },
      {
        file: 'src/activities/prune/apply-copies.ts',
        find: 'return damaged.has(`${of?.store}/${of?.name}`);',
        replace: 'return damaged.size < 0 && of !== undefined;',
      },
    ],
  },
  {
    name: 'failed-point-covers',
    about: 'a point that failed its drill counts as cover',
    by: ['last-cover'],
    changes: [
      {
        file: standing,
        find: "return point.proof.state === 'drill-failed' ? 'drill-failed' : undefined;",
        replace: 'return undefined;',
      },
    ],
  },
  {
    name: 'cover-not-needed',
    about: 'what is past the window goes although nothing newer stands',
    by: ['last-cover'],
    changes: [
      {
        file: 'src/policy/retention/points.ts',
        find: 'if (bare.length === 0 && servers.length > 0) return [];',
        replace: 'if (servers.length > 0) return [];',
      },
    ],
  },
  {
    name: 'window-a-day-short',
    about: 'the window is counted to the beginning of a day and loses up to one',
    by: ['window'],
    changes: [
      {
        file: 'src/policy/retention/moment.ts',
        find: 'startMillis: nowMillis - policy.windowHours * hourMillis',
        replace: 'startMillis: nowMillis - (policy.windowHours - 24) * hourMillis',
      },
    ],
  },
  {
    name: 'window-in-local-time',
    about: 'the window is counted from a local clock two hours ahead of UTC',
    by: ['window'],
    changes: [
      {
        file: 'src/policy/retention/moment.ts',
        find: 'const nowMillis = now.toMillis();',
        replace: 'const nowMillis = now.toMillis() + 2 * hourMillis;',
      },
    ],
  },
  {
    name: 'weaker-estate-applies',
    about: 'an estate that protects less applies without an approval',
    by: ['minimum-proven', 'held-plan'],
    changes: [
      {
        file: 'src/activities/estate-guard.ts',
        find: 'approved === undefined ? asked : strongestOf(approved, asked)',
        replace: 'asked',
      },
    ],
  },
  {
    name: 'repair-source-goes',
    about: 'the snapshot of a damaged blob is deleted like any other',
    by: ['repair-source'],
    changes: [
      {
        file: 'src/policy/retention/content.ts',
        find: 'const repair: KeepReason[] = copy.blobIsDamaged\n',
        replace: "const repair: KeepReason[] = copy.blobIsDamaged && copy.blob === ''\n",
      },
      {
        file: 'src/activities/prune/apply-copies.ts',
        find: 'return damaged.has(`${of?.store}/${of?.name}`);',
        replace: 'return damaged.size < 0 && of !== undefined;',
      },
    ],
  },
];
