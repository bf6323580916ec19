/** Bugs in what starts runs, and in what notices that none was started. */
import type { PlantedBug } from './planted-bug.ts';

const runs = 'src/app/runs.ts';
const freshness = 'src/policy/freshness.ts';
const watch = 'src/app/freshness.ts';

export const bugsOfSchedules: readonly PlantedBug[] = [
  {
    name: 'slot-not-claimed',
    about: 'a slot is started without a claim',
    by: ['slot-claimed-first'],
    changes: [
      {
        file: runs,
        find: "const { claim } = await claimSlot(deps, scope, kind, slot, 'schedule');",
        replace: 'const claim = { finished: undefined, instanceId: id };',
      },
    ],
  },
  {
    name: 'claim-alone-decides',
    about: 'whether the orchestration has begun is not looked at',
    by: ['slot-served-once'],
    changes: [
      {
        file: runs,
        find: 'if (claim.finished !== undefined || (await hub.find(claim.instanceId)) !== undefined) return undefined;',
        replace: 'if (claim.finished !== undefined) return undefined;',
      },
    ],
  },
  {
    name: 'ended-slot-runs-again',
    about: 'a run does not ask whether its slot was served before it began',
    by: ['slot-served-once'],
    changes: [
      {
        file: 'src/workflows/serve-slot.ts',
        find: "if ('value' in asked && asked.value.ended !== undefined) return",
        replace: "if ('value' in asked && asked.value.ended?.at === '') return",
      },
    ],
  },
  {
    name: 'served-slot-is-tidied-up-after',
    about: 'a run that found its slot served goes on to what follows the work',
    by: ['slot-served-once'],
    changes: [
      {
        file: 'src/workflows/serve-slot.ts',
        find: 'return resultIn(asked.value.ended, run);',
        replace: '{ yield* run.afterwards?.() ?? []; return resultIn(asked.value.ended, run); }',
      },
    ],
  },
  {
    name: 'end-told-anew',
    about: 'how a run ended is written over by a repeated step',
    by: ['slot-served-once'],
    changes: [
      { file: 'src/activities/slots.ts', find: 'finished: claim.finished ?? finished', replace: 'finished' },
    ],
  },
  {
    name: 'late-is-later',
    about: 'a slot counts as late only half a day after it is',
    by: ['late-is-told'],
    changes: [
      { file: freshness, find: 'if (now <= lateAt)', replace: 'if (now <= lateAt.plus({ hours: 12 }))' },
    ],
  },
  {
    name: 'failed-run-serves',
    about: 'a run that failed counts as having served its slot',
    by: ['late-is-told'],
    changes: [
      {
        file: freshness,
        find: "if (finished !== undefined && finished.outcome !== 'failed') return",
        replace: 'if (finished !== undefined) return',
      },
    ],
  },
  {
    name: 'claimed-is-served',
    about: 'a run that began counts as having served its slot',
    by: ['late-is-told'],
    changes: [
      {
        file: freshness,
        find: "if (finished !== undefined && finished.outcome !== 'failed') return",
        replace: 'if (fact.claimed !== undefined) return',
      },
    ],
  },
  {
    name: 'dry-run-serves',
    isRare: true,
    about: 'a prune that was only tried out counts as one',
    by: ['late-is-told'],
    changes: [{ file: watch, find: 'if (servesNothing.includes(', replace: "if ([''].slice(1).includes(" }],
  },
  {
    name: 'earlier-run-serves',
    isRare: true,
    about: 'a run before the slot counts as having served it',
    by: ['late-is-told'],
    changes: [
      {
        file: watch,
        find: 'if (path < from) continue;',
        replace: 'if (path < from.slice(0, -24)) continue;',
      },
    ],
  },
  {
    name: 'late-never-over',
    about: 'the alert of a late run stays open when it has come',
    by: ['late-is-told'],
    changes: [
      {
        file: watch,
        find: "if (freshness.state !== 'late') {\n          await resolve(deps, scope, key);",
        replace: "if (freshness.state !== 'late') {",
      },
    ],
  },
];
