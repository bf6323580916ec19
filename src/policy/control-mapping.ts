/**
 * What a restore drill contributes to the controls that auditors ask for. It says "partly" where the control wants more
 * than a drill can show, and names what is missing, so that nobody takes it for more.
 */

export interface ControlMapping {
  readonly framework: string;
  readonly control: string;
  readonly title: string;
  readonly extent: 'supports' | 'partly';
  readonly shows: string;
}

type Row = readonly [control: string, title: string, extent: ControlMapping['extent'], shows: string];

const frameworks: Readonly<Record<string, readonly Row[]>> = {
  'ISO 22301:2019': [
    ['8.5', 'Exercise programme', 'supports', 'an exercise with objectives, criteria, result and findings'],
  ],
  'ISO/IEC 27001:2022': [
    [
      'A.5.30',
      'ICT readiness for business continuity',
      'supports',
      'RPO and RTO measured against approved objectives',
    ],
    ['A.8.13', 'Information backup', 'supports', 'a backup restored and its content checked'],
    [
      'A.8.14',
      'Redundancy of information processing facilities',
      'partly',
      'recovery into a new server; no standby facility is exercised',
    ],
  ],
  'SOC 2 (TSC 2017)': [
    [
      'A1.2',
      'Backup and recovery infrastructure',
      'supports',
      'that recovery points can be restored and are complete',
    ],
    [
      'A1.3',
      'Recovery plan testing',
      'partly',
      'a test of restoring data; other procedures of the recovery plan are not in it',
    ],
  ],
  'HIPAA Security Rule': [
    [
      '164.308(a)(7)(ii)(B)',
      'Disaster recovery plan',
      'partly',
      'that lost data can be restored; the plan itself is not in it',
    ],
    [
      '164.308(a)(7)(ii)(C)',
      'Emergency mode operation plan',
      'partly',
      'the time to restored data; operation in emergency mode is not exercised',
    ],
    [
      '164.308(a)(7)(ii)(D)',
      'Testing and revision procedures',
      'supports',
      'a periodic test, with findings to revise by',
    ],
  ],
  GDPR: [
    [
      'Art. 32(1)(c)',
      'Restoring availability and access',
      'supports',
      'the time from declaration to validated data',
    ],
    [
      'Art. 32(1)(d)',
      'Regular testing of effectiveness',
      'supports',
      'one test of a schedule, with the next one due',
    ],
  ],
  DORA: [
    [
      'Art. 11',
      'Response and recovery',
      'partly',
      'a test of recovery with its objectives; the response to an incident is not exercised',
    ],
    [
      'Art. 12',
      'Backup, restoration and recovery',
      'supports',
      'restoration from a backup, checked for integrity',
    ],
  ],
  'NIST SP 800-53 Rev. 5': [
    ['CP-4', 'Contingency plan testing', 'supports', 'a test, its results and findings'],
    ['CP-9', 'System backup', 'supports', 'reliability and integrity of a backup'],
    [
      'CP-10',
      'System recovery and reconstitution',
      'partly',
      'recovery of the data to a known state; the application is not reconstituted',
    ],
  ],
};

/** The mapping that every report carries. */
export const controlMappings: readonly ControlMapping[] = Object.entries(frameworks).flatMap(
  ([framework, rows]) =>
    rows.map(([control, title, extent, shows]) => ({ framework, control, title, extent, shows })),
);
