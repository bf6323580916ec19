/** The sections of the Markdown that are about the exercise as such: who, when again, by which criteria, which controls. */
import type { DrillReport } from '../../contracts/report.ts';
import { list, plain, table } from './markdown-text.ts';

/** Sections, each a heading or a text. */
export function assuranceSections(report: DrillReport): string[] {
  const { due, people, number, previous, signing } = report;
  return [
    '## Exercise',
    list(
      [
        `requested by ${people.requester}; approval: ${people.approver ?? 'none needed'}; operated by ${people.operator}`,
        `objectives approved by ${people.objectivesApprovedBy} on ${people.objectivesApprovedAt}`,
        `due before: ${due.previous ?? 'never'}; next due: ${due.next ?? 'never'}${due.scenario === undefined ? '' : ` (${due.scenario})`}; fresh until ${due.freshUntil ?? 'a newer one is there'}`,
        `report ${number} of its chain; before it: ${previous === undefined ? 'none' : `${previous.drill} (${previous.digest})`}`,
      ],
      '',
    ),
    '### Success criteria',
    list(report.successCriteria, 'None.'),
    '### Not executed',
    list(
      report.notExecuted.map((one) => `${one.step}: ${one.reason}`),
      'Nothing.',
    ),
    '## Controls',
    table(
      ['framework', 'control', 'title', 'extent', 'what this report shows'],
      report.controls.map((one) => [one.framework, one.control, one.title, one.extent, one.shows]),
    ),
    '## Attestation',
    `${plain(report.attestation.statement)} (${plain(report.attestation.attestedBy)}, ${report.attestation.at})`,
    table(['reviewed by', 'role', 'date', 'signature'], [['', '', '', '']]),
    '## How to verify it',
    `Signing key: ${plain(signing.key)} (${signing.algorithm}). This Markdown is not signed; report.json is, by report.jws beside it.`,
    list(report.verification, ''),
  ];
}
