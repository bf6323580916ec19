/** Bugs in what removes Lifeboat's own records once they are past their days. */
import type { PlantedBug } from './planted-bug.ts';

export const bugsOfRecords: readonly PlantedBug[] = [
  {
    name: 'records-go-early',
    about: 'a record goes after a twentieth of the days that it is to be kept',
    by: ['records-kept-a-year'],
    changes: [
      {
        file: 'src/policy/retention/housekeeping.ts',
        find: 'ageDays <= days ?',
        replace: 'ageDays <= days / 20 ?',
      },
    ],
  },
  {
    name: 'record-without-ledger',
    about: 'records are removed without a word in the ledger before',
    by: ['ledger-before-deletion'],
    changes: [
      {
        file: 'src/activities/vault-remover.ts',
        find: "if (free.length > 0) await enterLedger(deps, scope, ...lines(free, 'intent'));",
        replace: '',
      },
    ],
  },
  {
    name: 'open-alert-goes',
    about: 'an alert that is old goes although it is open',
    by: ['records-of-use-stay'],
    changes: [
      {
        file: 'src/activities/prune/document-needs.ts',
        find: "resolvedAt === undefined && 'it is open'",
        replace: "resolvedAt === '' && 'it is open'",
      },
    ],
  },
];
