/** What a report accounts for: when the data was validated, what was made and removed, found, covered and left out. */
import { DateTime } from 'luxon';
import type { DrillPlan } from '../../contracts/documents.ts';
import type { DrillFacts } from '../../contracts/drill.ts';
import type { Estate } from '../../contracts/estate.ts';
import type { DrillReport, Finding } from '../../contracts/report.ts';
import { instantOf } from '../../contracts/values.ts';
import type { ReportSources } from './sources.ts';

/** When the last check ended; undefined unless every check gave an answer. */
export function validationEnd(facts: DrillFacts): DateTime | undefined {
  const answered =
    facts.checks.length > 0 &&
    facts.checks.every((check) => check.status === 'passed' || check.status === 'failed');
  return answered
    ? (DateTime.max(...facts.checks.map((check) => instantOf(check.endedAt))) as DateTime)
    : undefined;
}

/**
 * How far each part of the system was recovered: the newest heartbeat of each database and, where secondaries stood for
 * the stores, until when each had everything. Undefined where that is not known. A replica is no more recent than the
 * disaster, however little it lags.
 */
export function recoveredInstants(
  facts: DrillFacts,
  { replicas, targets }: DrillPlan,
  disruption: DateTime,
): (DateTime | undefined)[] {
  const beats = facts.heartbeats.map(({ newestWrittenAt }) => newestWrittenAt);
  if (replicas === undefined || (beats.length === 0 && targets.length > 0))
    return beats.map((at) => (at === undefined ? undefined : instantOf(at)));
  const parts = [...beats, ...replicas.map(({ lastSyncAt }) => lastSyncAt)];
  return parts.map((at) => (at === undefined ? undefined : DateTime.min(instantOf(at), disruption)));
}

/** What all of the stores would take beside the sample that was rebuilt; undefined where nothing was. */
export function extrapolatedSeconds({ checks }: DrillFacts): number | undefined {
  const rebuilt = checks.filter(({ id }) => id === 'rebuild');
  if (rebuilt.length === 0) return undefined;
  const sum = (key: string): number =>
    rebuilt.reduce((all, { measured }) => all + Number(measured[key] ?? 0), 0);
  return Math.max(0, sum('fullSeconds') - sum('seconds'));
}

type CleanUpStatus = DrillReport['statuses']['cleanUp'];

/** How the clean-up ended, that of the servers apart. */
interface CleanedUp {
  readonly servers: CleanUpStatus;
  readonly status: CleanUpStatus;
  readonly account: DrillReport['cleanUp'];
}

/** The servers that were made, and what they cost. */
export function cleanUpOf(facts: DrillFacts, estate: Estate): CleanedUp {
  const made = facts.cleanUp.filter((one) => one.outcome !== 'never-made');
  const leftOver = made.filter((one) => one.outcome === 'left-over').map((one) => one.target);
  const hours = made.reduce((sum, one) => sum + one.stoodSeconds, 0) / 3_600;
  const serverHours = Math.round(hours * 10_000) / 10_000;
  const cost =
    estate.price === undefined
      ? {}
      : {
          cost: {
            amount: Math.round(hours * estate.price.restoredServerPerHour * 10_000) / 10_000,
            currency: estate.price.currency,
          },
        };
  const account = {
    created: made.map((one) => one.target),
    deleted: made.filter((one) => one.outcome === 'removed').map((one) => one.target),
    leftOver,
    serverHours,
    ...(facts.scratch === undefined ? {} : { scratch: facts.scratch }),
    ...cost,
  };
  const servers = made.length === 0 ? 'not-needed' : leftOver.length === 0 ? 'done' : 'failed';
  const isLeft = servers === 'failed' || facts.scratch?.outcome === 'left-over';
  const isNeeded = made.length > 0 || facts.scratch !== undefined;
  return { servers, status: isLeft ? 'failed' : isNeeded ? 'done' : 'not-needed', account };
}

/** What went wrong, each with somebody whose it is. */
export function findingsOf({ facts, system: { owner }, notKept }: ReportSources): Finding[] {
  const ofChecks = facts.checks
    .filter((check) => check.status === 'failed')
    .flatMap((check) => {
      const more = check.findingCount - check.findings.length;
      const rest = more > 0 ? [`${check.id}: and ${more} more, in the evidence`] : [];
      return [...check.findings.map((text) => `${check.id}: ${text}`), ...rest].map((text): Finding => ({
        severity: 'critical',
        owner,
        text,
      }));
    });
  const left = facts.cleanUp
    .filter((one) => one.outcome === 'left-over')
    .map((one): Finding => ({
      severity: 'major',
      owner: 'on-call',
      text: `${one.target} was not removed and costs money until it is: ${one.detail}`,
    }));
  const scratch = facts.scratch?.outcome === 'left-over' ? [facts.scratch] : [];
  const leftContainers = scratch.map(({ container, detail }): Finding => ({
    severity: 'major',
    owner: 'on-call',
    text: `${container}, with copies of blobs, was not removed: ${detail}`,
  }));
  const uncovered = notKept.map((text): Finding => ({
    severity: 'major',
    owner,
    text: `${text}, and nobody approved that: this drill says nothing of it`,
  }));
  const letIn = facts.isolation.flatMap(({ target, probe }): Finding[] =>
    probe?.outcome === 'connected'
      ? [
          {
            severity: 'critical',
            owner: 'on-call',
            text: `isolation: ${target} let a connection in before it was opened: ${probe.detail}`,
          },
        ]
      : [],
  );
  return [...letIn, ...ofChecks, ...left, ...leftContainers, ...uncovered];
}

/** What the exercise covered, and what it did not. */
export function scopeOf({ plan, system, stores }: ReportSources): DrillReport['scope'] {
  return {
    included: [
      ...plan.targets.map((one) => `database ${one.database} (${one.name})`),
      ...stores.map((one) => `blob store ${one.store}: every address that ${one.database} refers to`),
    ],
    excluded: [
      plan.checks.includes('smoke')
        ? `what of the application of ${system.name} its smoke check does not ask`
        : `the application of ${system.name} itself`,
      'blobs that no row refers to',
    ],
  };
}

/** What nobody may conclude from it. */
export function limitationsOf({ plan, point, exercise, opaque }: ReportSources): string[] {
  const { lost } = plan;
  const limits =
    plan.targets.length === 0
      ? []
      : plan.replicas === undefined
        ? [
            'Blobs were read where they stand: this drill shows that they are intact, not that they could be rebuilt elsewhere.',
          ]
        : [
            'The region was not lost: its resource manager and this deployment answered. Who starts a recovery when they do not, and from where, was not exercised.',
            'Blobs were read on the secondaries, which can only be read: that an account fails over and is written to was not shown.',
          ];
  if (plan.scenario === 'corruption' && plan.scratch !== undefined)
    limits.push(
      'A blob of Lifeboat’s own was damaged and put right, in a container beside the vault: that the protected stores keep good copies of theirs is for scans and repairs to show.',
    );
  if (plan.targets.length === 0)
    limits.push(
      'Blobs were rebuilt into a container of Lifeboat’s own beside the vault: how fast they come into another account, and who points the application at it, was not shown.',
      'The store was not lost, and nothing of it was written: databases were not restored, and are taken to be as the recovery point recorded them.',
    );
  if (point === undefined)
    limits.push(
      'Nothing was recorded of this instant: what hold data against a record (marker, configuration, schema, fingerprint) could not be checked.',
    );
  if (lost !== undefined)
    limits.push(
      'The protected servers were not touched: what was dropped and revived are servers of Lifeboat’s own, which the provider held a backup of; that it holds and gives back those of the protected servers was not shown.',
      'A drop that somebody else makes may come before the last writes are archived: what was written shortly before it was given the time that this needs.',
    );
  else if (exercise !== undefined)
    limits.push(
      'Rows of Lifeboat’s own stood for those of the system: that somebody notices the harm, and when, was not exercised.',
    );
  if (opaque.length > 0)
    limits.push(
      `The content of ${opaque.join(', ')} is encrypted by its clients: integrity is proven, decryptability is not.`,
    );
  if (plan.cleanUpDelaySeconds > 0)
    limits.push(
      `The restored servers were kept for ${plan.cleanUpDelaySeconds} s after the checks; that is in the cost, not in the RTO.`,
    );
  return limits;
}
