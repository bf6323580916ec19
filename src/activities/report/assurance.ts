/** What an auditor asks of an exercise beside its result: who, when again, by which criteria, what was left out. */
import type { DrillReport } from '../../contracts/report.ts';
import { instantOf, isoOf } from '../../contracts/values.ts';
import { controlMappings } from '../../policy/control-mapping.ts';
import { secondsOf } from '../../policy/objectives.ts';
import { nextSlot, previousSlot } from '../../policy/schedule.ts';
import type { ReportSources } from './sources.ts';

type Assurance = Pick<
  DrillReport,
  | 'signing'
  | 'due'
  | 'people'
  | 'successCriteria'
  | 'notExecuted'
  | 'attestation'
  | 'controls'
  | 'verification'
>;

const requesters = {
  schedule: 'the schedule of the estate file',
  cycle: 'a nightly cycle',
  person: 'a person or program with the role operator: the audit log names them',
} as const;

/** The part of the report that is about the exercise as such. */
export function assuranceOf(sources: ReportSources): Assurance {
  const { facts, plan, actor, signingKey } = sources;
  const { approvedBy, approvedAt } = plan.objectives;
  return {
    signing: { algorithm: 'ES384', key: signingKey },
    due: dueOf(sources),
    people: {
      requester: requesters[plan.trigger],
      operator: actor,
      ...{ objectivesApprovedBy: approvedBy, objectivesApprovedAt: approvedAt },
    },
    successCriteria: criteriaOf(sources),
    notExecuted: notExecutedOf(sources),
    attestation: {
      statement: `Lifeboat ${plan.softwareVersion} made this report by itself from what it measured and read; no person has attested it.`,
      attestedBy: actor,
      at: facts.endedAt,
    },
    controls: controlMappings.map((one) => ({ ...one })),
    verification: [
      'report.jws is a compact JWS: its payload is this report as canonical JSON (RFC 8785), signed with ES384.',
      'Its header names the key by kid: the RFC 7638 thumbprint (SHA-256) of the public key. Compare it with the key in the key vault.',
      'lifeboat report verify report.jws --key KEY.json checks it without any deployment; --previous and --evidence check the report before it and the evidence.',
      'Each digest is sha256 over the canonical JSON of a document, or over the lines of an inventory that name addresses, each with its line feed.',
    ],
  };
}

/** By the schedule of the estate: the slots around the end of the drill, and when a newer report is late. */
function dueOf({ facts, system, nextScenario }: ReportSources): DrillReport['due'] {
  const schedule = system.schedules.drill;
  const endedAt = instantOf(facts.endedAt);
  const [previous, next] = [previousSlot(schedule, endedAt), nextSlot(schedule, endedAt)];
  return {
    ...(previous === undefined ? {} : { previous: isoOf(previous) }),
    ...(next === undefined
      ? {}
      : {
          next: isoOf(next),
          scenario: nextScenario,
          freshUntil: isoOf(next.plus({ seconds: secondsOf(schedule.lateAfter) })),
        }),
  };
}

function criteriaOf({ plan }: ReportSources): string[] {
  const { rpoSeconds, rtoSeconds } = plan.objectives;
  return [
    restoresNone(plan)
      ? `blobs that ${plan.point} refers to are rebuilt from their replica`
      : `every database of ${plan.point} is restored into a new server`,
    ...plan.checks.map((check) => `check ${check} passes on every database that it is for`),
    `the RPO achieved is at most ${rpoSeconds} s`,
    `the RTO achieved is at most ${rtoSeconds} s`,
    plan.scratch === undefined
      ? 'no server of the drill is left behind'
      : 'no server and no container of the drill is left behind',
  ];
}

/** Of a lost blob store: no database is restored. */
const restoresNone = ({ targets }: ReportSources['plan']): boolean => targets.length === 0;

/** Steps of a recovery that this exercise did not take, and why. */
function notExecutedOf({ facts, plan, stores }: ReportSources): DrillReport['notExecuted'] {
  const notRun = facts.checks.filter((check) => check.status === 'not-run');
  return [
    ...notRun.map(({ id, database, actual }) => ({
      step: `check ${id}${database === undefined ? '' : ` on ${database}`}`,
      reason: actual,
    })),
    {
      step: 'switching the application over to the restored server',
      reason: 'a drill leaves what is in use alone',
    },
    ...(restoresNone(plan)
      ? [{ step: 'restoring databases', reason: 'a lost blob store takes none with it' }]
      : []),
    ...(stores.length === 0 || restoresNone(plan)
      ? []
      : [
          {
            step: 'restoring blobs',
            reason:
              plan.replicas === undefined
                ? 'blobs are content-addressed and were checked where they stand'
                : 'blobs are content-addressed and were checked on the secondaries',
          },
        ]),
  ];
}
