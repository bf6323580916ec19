/** Bugs in what a drill proves and leaves behind. */
import type { PlantedBug } from './planted-bug.ts';

const verdict = 'src/policy/drill-verdict.ts';
const deleter = 'src/activities/deleter/servers.ts';

export const bugsOfDrills: readonly PlantedBug[] = [
  {
    name: 'application-not-asked',
    about: 'the smoke check passes without a question to the application',
    by: ['pass-needs-checks'],
    changes: [
      {
        file: 'src/activities/checks/smoke.ts',
        find: 'for (const request of setting.requests) {',
        replace: 'for (const request of setting.requests.slice(1)) {',
      },
    ],
  },
  {
    name: 'one-database-drilled',
    about: 'of many databases only the first is restored and checked',
    by: ['pass-needs-checks'],
    changes: [
      {
        file: 'src/activities/drill-targets.ts',
        find: 'const restored = await restoredTargets(deps, here, chosen, order);',
        replace: 'const restored = (await restoredTargets(deps, here, chosen, order)).slice(0, 1);',
      },
    ],
  },
  {
    name: 'revived-from-the-source',
    about: 'a lost server is not revived: its like is restored from the source instead',
    by: ['pass-needs-checks', 'only-drill-servers', 'no-effect-twice'],
    changes: [
      {
        file: 'src/activities/drill-targets.ts',
        find: 'if (order.lost !== undefined)',
        replace: 'if (order.lost?.droppedAt === undefined && order.lost !== undefined)',
      },
      {
        file: 'src/activities/checks/exercise.ts',
        find: 'const findings = [...problemsBeforeHarm(drill, found, harm), ...(noticed?.problems ?? [])];',
        replace: 'const findings: string[] = [];',
      },
    ],
  },
  {
    name: 'container-without-ledger',
    about: 'a scratch container goes without a line in the ledger',
    by: ['ledger-before-deletion'],
    changes: [
      {
        file: 'src/activities/scratch-removal.ts',
        find: "await enterLedger(deps, scope, { ...entry, stage: 'intent' });",
        replace: '',
      },
    ],
  },
  {
    name: 'restored-anywhere',
    about: 'a lost region is restored in a region that nobody named',
    by: ['regions-apart'],
    changes: [
      {
        file: 'src/activities/drill-targets.ts',
        find: 'const location = pairedRegionOf(deps, here.scope);',
        replace: "const location = 'elsewhere';",
      },
      {
        file: 'src/activities/drill-servers.ts',
        find: "mustLieIn(location, mode === 'geo' ? pairedRegionOf(deps, on) : deps.region);",
        replace: '',
      },
    ],
  },
  {
    name: 'failed-check-passes',
    about: 'a drill ends PASS although a check failed',
    by: ['pass-needs-checks', 'pass-needs-data'],
    changes: [
      {
        file: verdict,
        find: "if (check.status === 'failed') wrong.push",
        replace: "if (check.status === 'not-run') wrong.push",
      },
    ],
  },
  {
    name: 'inconclusive-check-passes',
    about: 'a drill ends PASS although a check gave no answer',
    by: ['pass-needs-checks'],
    changes: [
      {
        file: verdict,
        find: "if (check.status === 'inconclusive') unknown.push",
        replace: "if (check.status === 'not-run') unknown.push",
      },
      // The time to recover, which nothing tells without every answer, would make up for it.
      {
        file: verdict,
        find: "if (outcome.restore === 'done' && outcome.rto === 'inconclusive')",
        replace: "if (outcome.restore !== 'done' && outcome.rto === 'inconclusive')",
      },
    ],
  },
  {
    name: 'one-check-is-enough',
    about: 'a point is proven as soon as one check passed',
    by: ['proven-by-drill'],
    changes: [
      {
        file: verdict,
        find: "return checks.every((check) => check.status === 'passed') ? 'passed'",
        replace: "return checks.some((check) => check.status === 'passed') ? 'passed'",
      },
    ],
  },
  {
    name: 'restored-is-proven',
    about: 'a point is proven by a restore, whatever its checks say',
    by: ['proven-by-drill'],
    changes: [
      {
        file: verdict,
        find: "return restore === 'done' && validation === 'passed'",
        replace: "return restore === 'done' || validation === 'passed'",
      },
    ],
  },
  {
    name: 'proof-outlives-refutation',
    about: 'a point stays proven although a later drill refuted it',
    by: ['proven-by-drill'],
    changes: [
      {
        file: 'src/activities/report/tell.ts',
        find: 'isProven ? told : isRefuted ? undefined : proven',
        replace: 'isProven ? told : isRefuted ? proven : proven',
      },
    ],
  },
  {
    name: 'left-over-server-passes',
    about: 'a drill ends PASS although its server was left standing',
    by: ['pass-needs-clean-up'],
    changes: [
      {
        file: verdict,
        find: "if (outcome.cleanUp === 'failed') wrong.push",
        replace: "if (outcome.cleanUp === 'not-needed') unknown.push",
      },
    ],
  },
  {
    name: 'server-never-removed',
    about: 'a drill server is called removed and never was',
    by: ['leaked-server', 'outcome-is-true'],
    changes: [
      {
        file: deleter,
        find: '  return deps.deleter.beginDeleteServer(target);',
        replace: "  return { state: 'done', detail: 'confirmed absent' };",
      },
    ],
  },
  {
    name: 'left-over-not-told',
    isRare: true,
    about: 'nobody is told of a server that was left standing',
    by: ['leaked-server'],
    changes: [
      {
        file: 'src/activities/report/tell.ts',
        find: '  for (const target of report.cleanUp.leftOver) {',
        replace: '  for (const target of report.cleanUp.leftOver.slice(1)) {',
      },
    ],
  },
  {
    name: 'restored-after-closing',
    isRare: true,
    about: 'a late restore is begun although the clean-up has begun',
    by: ['no-effect-twice', 'leaked-server'],
    changes: [
      {
        file: 'src/activities/drill-servers.ts',
        find: 'if (await isClosed(deps, on, plan, target)) {',
        replace: "if (on.plan === '' && (await isClosed(deps, on, plan, target))) {",
      },
    ],
  },
  {
    name: 'signed-by-an-unknown-key',
    about: 'a report is signed before its key lies in the vault',
    by: ['signature-verifies'],
    changes: [
      {
        file: 'src/activities/signed-text.ts',
        find: 'vaultPaths.signingKey(region, key.keyId)',
        replace: "vaultPaths.signingKey(region, 'current')",
      },
    ],
  },
  {
    name: 'never-signed-later',
    about: 'a report that could not be signed at once never is',
    by: ['report-is-signed'],
    changes: [
      {
        file: 'src/activities/report/late-signatures.ts',
        find: "if (file === 'place.json') begun.push(drill);",
        replace: "if (file === 'place.json' && drill === '') begun.push(drill);",
      },
    ],
  },
  {
    name: 'references-not-rehashed',
    about: 'the check of references takes a wrong digest for right',
    by: ['pass-needs-data', 'scan-coverage'],
    changes: [
      {
        file: 'src/activities/verify-blob.ts',
        find: 'return digest === hexOf(address)\n',
        replace: "return digest !== hexOf(address) || digest !== ''\n",
      },
    ],
  },
];
