/** Bugs in what a scan sees, and in what a repair writes. */
import type { PlantedBug } from './planted-bug.ts';

const restorer = 'src/activities/blob-restorer.ts';

export const bugsOfScans: readonly PlantedBug[] = [
  {
    name: 'damage-not-tallied',
    isRare: true,
    about: 'what the careful reading found is not counted',
    by: ['scan-coverage'],
    changes: [
      { file: 'src/activities/scan/part.ts', find: '    tally.judge(one.blob, one);\n', replace: '' },
    ],
  },
  {
    name: 'known-never-hashed-again',
    about: 'a blob that was right once is never read again',
    by: ['scan-coverage'],
    changes: [
      {
        file: 'src/scan-engine/scan-rule.ts',
        find: 'return isSame ? known.verifiedAt < rule.verifiedBefore : rule.unknown;',
        replace: 'return isSame ? false : rule.unknown;',
      },
    ],
  },
  {
    name: 'missing-not-looked-for',
    isRare: true,
    about: 'what is expected and not listed is not missed',
    by: ['scan-coverage'],
    changes: [
      {
        file: 'src/policy/scrub-merge.ts',
        find: '  #gone(f: number, p: number | undefined, e: number | undefined): void {\n',
        replace:
          '  #gone(f: number, p: number | undefined, e: number | undefined): void {\n    if (f >= 0) return;\n',
      },
    ],
  },
  {
    name: 'copy-not-hashed',
    about: 'a copy is written without being hashed',
    by: ['hash-source-first'],
    changes: [
      {
        file: 'src/activities/hash-content.ts',
        find: 'if (digest === this.#address) return done();',
        replace: "if (digest !== '') return done();",
      },
      {
        file: 'src/activities/repair-examine.ts',
        find: "return digest === subject.address\n      ? { verdict: 'good'",
        replace: "return digest !== ''\n      ? { verdict: 'good'",
      },
    ],
  },
  {
    name: 'no-quarantine',
    about: 'damaged bytes are written over without being kept',
    by: ['quarantine-first'],
    changes: [
      {
        file: restorer,
        find: "const quarantine = now.state === 'damaged' ? await keepDamaged(deps, scope, subject, now) : undefined;",
        replace: 'const quarantine = undefined;',
      },
    ],
  },
];
