/** Bugs in what is deleted: the ledger, the marks, the pins, the slot of an on-demand backup, the clock. */
import type { PlantedBug } from './planted-bug.ts';

const backups = 'src/activities/deleter/backups.ts';
const content = 'src/activities/deleter/content.ts';
const servers = 'src/activities/deleter/servers.ts';
const slots = 'src/policy/on-demand-slots.ts';
const intent =
  "  await enterLedger(deps, scope, { ...entry, stage: 'intent' });\n  const action = { action: ";

export const bugsOfDeleting: readonly PlantedBug[] = [
  {
    name: 'backup-without-ledger',
    about: 'a backup is deleted before the ledger says so',
    by: ['ledger-before-deletion'],
    changes: [
      {
        file: backups,
        find: `${intent}'delete-backup'`,
        replace: "  const action = { action: 'delete-backup'",
      },
    ],
  },
  {
    name: 'server-without-ledger',
    about: 'a drill server is removed before the ledger says so',
    by: ['ledger-before-deletion'],
    changes: [
      {
        file: servers,
        find: `${intent}'delete-server', target,`,
        replace: "  const action = { action: 'delete-server', target,",
      },
    ],
  },
  {
    name: 'snapshot-without-ledger',
    about: 'blob snapshots are deleted before the ledger says so',
    by: ['ledger-before-deletion'],
    changes: [
      {
        file: content,
        find: "  await enterLedger(deps, scope, ...entries.map((entry) => ({ ...entry, stage: 'intent' as const })));\n",
        replace: '',
      },
    ],
  },
  {
    name: 'safety-net-not-asked',
    isRare: true,
    about: 'blobs are deleted where nothing would bring them back',
    by: ['safety-net'],
    changes: [
      {
        file: 'src/policy/retention/content.ts',
        find: 'if (!store.hasSoftDelete && !store.hasVersioning)',
        replace: 'if (store.hasSoftDelete && store.hasVersioning)',
      },
      {
        file: 'src/activities/prune/apply-unreferenced.ts',
        find: 'return softDelete || versions ? undefined',
        replace: 'return softDelete || versions || store.id !== "" ? undefined',
      },
    ],
  },
  {
    name: 'no-mark-before-deletion',
    about: 'the point of a backup still looks whole while the backup goes',
    by: ['marked-before-deletion'],
    changes: [{ file: backups, find: '  await markBackup(deps, scope, order, false);\n', replace: '' }],
  },
  {
    name: 'pins-ignored',
    about: 'a pinned point is deleted like any other',
    by: ['pinned'],
    changes: [
      {
        file: 'src/activities/points.ts',
        find: 'return holding.length === 0 ? undefined :',
        replace: 'return holding.length >= 0 ? undefined :',
      },
      {
        file: 'src/policy/retention/moment.ts',
        find: 'if (holding.length === 0) return [];',
        replace: 'if (holding.length >= 0) return [];',
      },
    ],
  },
  {
    name: 'pins-need-an-end',
    about: 'a pin without an end holds nothing',
    by: ['pinned'],
    changes: [
      {
        file: 'src/activities/points.ts',
        find: 'pin.until === undefined || instantOf(pin.until) > now',
        replace: 'pin.until !== undefined && instantOf(pin.until) > now',
      },
      {
        file: 'src/policy/retention/moment.ts',
        find: 'return untilMillis === undefined || untilMillis > moment.nowMillis;',
        replace: 'return untilMillis !== undefined && untilMillis > moment.nowMillis;',
      },
    ],
  },
  {
    name: 'slot-without-cover',
    isRare: true,
    about: 'a backup is given up for its slot by the cover of another day',
    by: ['slot-needs-cover'],
    changes: [
      {
        file: slots,
        find: "(other) => other.kind === 'automatic' && utcDay(other.completedAt) === utcDay(backup.completedAt)",
        replace: "(other) => other.kind === 'automatic'",
      },
      {
        file: slots,
        find: 'by !== undefined && utcDay(given.completedAt) === utcDay(by.completedAt)',
        replace: 'by !== undefined',
      },
    ],
  },
  {
    name: 'newest-proven-given-up',
    about: 'the newest proven point is given up for its slot',
    by: ['minimum-proven'],
    changes: [
      { file: slots, find: 'record.pinned || backup === newestProven', replace: 'record.pinned' },
      {
        file: 'src/policy/retention/slot.ts',
        find: 'point.servers.some((server) => standings.get(server)?.protected.has(point.id) === true) ||',
        replace: 'standings.size < 0 ||',
      },
      { file: backups, find: '.slice(0, minimumProven);', replace: '.slice(0, 0);' },
    ],
  },
  {
    name: 'persons-backup-taken',
    about: "a person's own backup is taken for one of the product's",
    by: ['only-own-backups'],
    changes: [
      {
        file: 'src/policy/identifiers.ts',
        find: '/^lifeboat-\\d{8}T\\d{6}Z$/.test(name)',
        replace: '/./.test(name)',
      },
    ],
  },
  {
    name: 'clock-one-sided',
    about: 'a host clock that is ahead counts as right',
    by: ['clock'],
    changes: [
      {
        file: 'src/policy/clock-trust.ts',
        find: 'Math.abs(one.seconds ?? 0) > most',
        replace: '(one.seconds ?? 0) > most',
      },
    ],
  },
  {
    name: 'last-writer-wins',
    isRare: true,
    about: 'a document is changed although somebody else was faster, and the change is taken for done',
    by: ['marked-before-deletion', 'slot-served-once', 'pinned', 'proven-by-drill', 'tombstone-stays'],
    changes: [
      {
        file: 'src/activities/vault-documents.ts',
        find: 'if (await vault.replace(path, found.version, bytesOf(changed))) return changed;',
        replace:
          'await vault.replace(path, (await vault.read(path))?.version ?? found.version, bytesOf(changed));\n    return changed;',
      },
    ],
  },
];
