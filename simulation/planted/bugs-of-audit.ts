/** Bugs in the audit log: what is done without an entry, and a chain that does not hold. */
import type { PlantedBug } from './planted-bug.ts';

const log = 'src/activities/audit-chain-end.ts';

export const bugsOfAudit: readonly PlantedBug[] = [
  {
    name: 'backup-without-audit',
    about: 'a backup is deleted, and the audit log does not say so',
    by: ['audit-before-deletion'],
    changes: [
      {
        file: 'src/activities/deleter/backups.ts',
        find: 'return auditedOperation(deps, scope, action, async () => {',
        replace: 'return (async (...all: readonly any[]) => all[3]())(deps, scope, action, async () => {',
      },
    ],
  },
  {
    name: 'begun-told-as-done',
    about: 'what the provider has only begun with is told as done',
    by: ['outcome-is-true'],
    changes: [
      {
        file: 'src/activities/audited-operation.ts',
        find: "return { result: 'begun' };",
        replace: "return { result: 'done' };",
      },
    ],
  },
  {
    name: 'outcome-of-another-intent',
    about: 'an outcome names the intent that was entered before its own',
    by: ['outcome-names-intent'],
    changes: [
      {
        file: 'src/activities/audit-intents.ts',
        find: 'newest = entry.sequence;',
        replace: 'newest = entry.sequence - 1;',
      },
    ],
  },
  {
    name: 'segment-without-end',
    about: 'a new segment begins, and the one before does not say so',
    by: ['audit-verifies'],
    changes: [
      {
        file: log,
        find: 'const ended = await this.#appendAt(place, [{ ...entry, at, step: digestOf(entry) }]);',
        replace: 'const ended = place;',
      },
    ],
  },
  {
    name: 'link-to-the-wrong-entry',
    about: 'a process that begins names the entry before the last one',
    by: ['audit-verifies'],
    changes: [
      {
        file: log,
        find: 'const head = { sequence: read.sequence, digest: digestOfLine(lastLine) };',
        replace: 'const head = { sequence: read.sequence, digest: read.previous };',
      },
    ],
  },
];
