/** The report as Markdown: the summary first, then what it rests on. Values are escaped: a database may hold anything. */
import type { CheckResult, StoredReport } from '../contracts/report.ts';
import { stepWords } from '../policy/step-words.ts';
import { assuranceSections } from './report/markdown-assurance.ts';
import { list, plain, table } from './report/markdown-text.ts';

const seconds = (value: number | undefined): string =>
  value === undefined ? 'not measured' : `${value.toFixed(1)} s`;

/** The whole report. */
export function reportMarkdown(report: StoredReport): string {
  const { recovery, plan } = report;
  const sections = [
    `# ${report.result}: restore drill of ${plain(report.system.name)} in ${report.system.region}`,
    `${plain(report.id)}, finalized ${report.finalizedAt}. Owner: ${plain(report.system.owner)}. Criticality: ${report.system.criticality}.`,
    report.reasons.length === 0
      ? 'Restored, every check passed, both objectives met, nothing left behind.'
      : list(report.reasons, ''),
    '## Objectives',
    table(
      ['', 'objective', 'achieved', 'verdict', 'because'],
      [
        [
          'RPO',
          seconds(recovery.rpo.objectiveSeconds),
          seconds(recovery.rpo.achievedSeconds),
          recovery.rpo.verdict,
          recovery.rpo.reason,
        ],
        [
          'RTO',
          seconds(recovery.rto.objectiveSeconds),
          seconds(recovery.rto.achievedSeconds),
          recovery.rto.verdict,
          recovery.rto.reason,
        ],
      ],
    ),
    `Approved by ${plain(plan.objectives.approvedBy)} on ${plan.objectives.approvedAt}. Formula version ${recovery.formulaVersion}: RPO = ${recovery.disruptionAt} (disruption) − the newest heartbeat found in the restored data (${recovery.heartbeats.map((one) => `${one.database}: ${one.newestWrittenAt ?? 'none'}`).join(', ')}${replicas(report)}); RTO = ${recovery.validatedAt ?? '(not validated)'} (last check ended) − ${recovery.declaredAt} (declared)${extrapolation(report)}.`,
    ...trendLine(report),
    ...scenarioSection(report),
    '## Recovery point',
    `${report.recoveryPoint.id} (${report.recoveryPoint.kind}) of ${report.recoveryPoint.instant}, chosen as ${plain(report.recoveryPoint.chosenBecause)}.${blobs(report)}`,
    '## Timeline (UTC)',
    table(
      ['step', 'from', 'to', 'seconds', 'outcome', 'detail'],
      report.timeline.map((step) => [
        step.step,
        step.startedAt,
        step.endedAt,
        step.seconds.toFixed(1),
        step.outcome,
        stepWords(step),
      ]),
    ),
    '## Checks',
    table(['check', 'database', 'status', 'expected', 'found', 'seconds'], report.checks.map(checkRow)),
    '## Findings',
    list(
      report.findings.map((one) => `${one.severity}: ${one.text} (owner: ${one.owner})`),
      'None.',
    ),
    '## Isolation',
    list(
      report.isolation.map(
        (one) =>
          `${one.target.split('/').at(-1)}: public network access ${one.publicNetworkAccess}; let in: ${one.firewallRules.join(', ') || 'nobody'}${one.probe === undefined ? '' : `; connection tried at ${one.probe.at} before it was opened: ${one.probe.outcome} (${one.probe.detail})`}`,
      ),
      'Nothing was restored.',
    ),
    '## Clean-up',
    `Created ${report.cleanUp.created.length}, deleted ${report.cleanUp.deleted.length}, left over ${report.cleanUp.leftOver.length}. ${report.cleanUp.serverHours} server hours${report.cleanUp.cost === undefined ? '' : `, ${report.cleanUp.cost.amount} ${report.cleanUp.cost.currency}`}.${scratchSentence(report)}`,
    '## Scope and limitations',
    list(
      [
        ...report.scope.included.map((one) => `included: ${one}`),
        ...report.scope.excluded.map((one) => `excluded: ${one}`),
        ...report.limitations,
      ],
      '',
    ),
    ...(report.schema === 'lifeboat/drill-report/v2' ? assuranceSections(report) : []),
    '## Evidence',
    list(
      report.evidence.map((one) => `${one.path} (${one.digest})`),
      'None.',
    ),
    `Plan ${report.planDigest}. Estate ${plan.estateDigest}. Lifeboat ${plain(report.softwareVersion)}. Each digest is sha256 over the canonical JSON (RFC 8785) of the document.`,
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** What became of the container that blobs were written into. */
const scratchSentence = ({ cleanUp: { scratch } }: StoredReport): string =>
  scratch === undefined
    ? ''
    : ` Container ${scratch.container}: ${scratch.outcome} (${plain(scratch.detail)}).`;

/** What the RTO has beside what was measured. */
const extrapolation = ({ recovery: { extrapolatedSeconds: more } }: StoredReport): string =>
  more === undefined || more === 0
    ? ''
    : ` + ${more.toFixed(1)} s for the rest of the stores, at the rate of the sample`;

/** What was recovered beside the databases, in the sentence of the RPO. */
const replicas = ({ recovery }: StoredReport): string =>
  (recovery.replicas ?? [])
    .map((one) => `, everything in ${one.store} until ${one.lastSyncAt ?? 'nobody knows when'}`)
    .join('');

/** One sentence on RPO and RTO over the drills before this one; none in a report from before there were trends. */
function trendLine({ plan: { scenario }, recovery: { trend } }: StoredReport): string[] {
  if (trend === undefined) return [];
  const alike = trend.drills.filter((one) => one.scenario === scenario).length;
  const words = ({ direction, secondsPerDrill }: typeof trend.rpo): string =>
    direction === 'too-few'
      ? 'too few drills'
      : `${direction} (${secondsPerDrill.toFixed(1)} s from drill to drill)`;
  return [`Trend over ${alike} drill(s) of ${scenario}: RPO ${words(trend.rpo)}, RTO ${words(trend.rto)}.`];
}

const scenarioSection = ({ scenario }: StoredReport): string[] =>
  scenario === undefined
    ? []
    : [
        `## Scenario: ${scenario.name}`,
        list(scenario.told, ''),
        ...(scenario.walk === undefined
          ? []
          : [
              table(
                ['tried', 'instant', 'verdict', 'because', 'seconds'],
                scenario.walk.map((one) => [
                  one.point,
                  one.instant ?? '',
                  one.verdict,
                  one.reason,
                  one.seconds.toFixed(1),
                ]),
              ),
            ]),
      ];

const blobs = ({ recoveryPoint: { blobAddresses } }: StoredReport): string =>
  blobAddresses === undefined ? '' : ` Its rows refer to ${blobAddresses} blob addresses.`;

function checkRow(check: CheckResult): (string | number)[] {
  return [
    check.title,
    check.database ?? '',
    check.status,
    check.expected,
    check.actual,
    (check.elapsedMilliseconds / 1000).toFixed(1),
  ];
}
