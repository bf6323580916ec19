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
        find: "  await audit(deps, scope, {\n    action: 'delete-backup'",
        replace: "  ((..._: readonly unknown[]) => audit)(deps, scope, {\n    action: 'delete-backup'",
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
