/** Bugs in who may have a restore done. */
import type { PlantedBug } from './planted-bug.ts';

const approval = 'src/policy/restore-approval.ts';

export const bugsOfRestores: readonly PlantedBug[] = [
  {
    name: 'own-request-approved',
    about: 'whoever asked for a restore approves it',
    by: ['restore-permitted'],
    changes: [
      {
        file: 'src/activities/matters/decide.ts',
        find: 'if (by === request.by || by === deps.actor)',
        replace: 'if (by === deps.actor)',
      },
      {
        file: approval,
        find: 'judgeApproval(asked.plan, approval, [asked.requestedBy], now)',
        replace: "judgeApproval(asked.plan, approval, ['nobody'], now)",
      },
    ],
  },
  {
    name: 'alone-at-once',
    about: 'one person goes on with a restore alone without waiting for another one',
    by: ['restore-permitted'],
    changes: [{ file: approval, find: 'if (alone.at < from)', replace: 'if (alone.at < requestedAt)' }],
  },
];
