/** The disasters that a drill plays, by the name that plans and reports call them. */

/** Nothing is done to the source: a point of its past is brought back. */
const restoringScenarios = [
  'restore-newest-point',
  'restore-named-point',
  'restore-random-point',
  'restore-instant',
] as const;

/** Played in the source with rows of Lifeboat's own, before anything is restored; the point follows from it. */
export const harmScenarios = ['operator-error', 'ransomware', 'corruption'] as const;
export type HarmScenario = (typeof harmScenarios)[number];

/** Something is taken for lost: the source is left alone. */
export const lossScenarios = ['server-lost', 'region-lost', 'store-lost'] as const;
export type LossScenario = (typeof lossScenarios)[number];

/** Everything that can be asked for as a disaster. */
export const playedScenarios = [...harmScenarios, ...lossScenarios] as const;
export type PlayedScenario = (typeof playedScenarios)[number];

export const drillScenarios = [...restoringScenarios, ...playedScenarios] as const;
export type DrillScenario = (typeof drillScenarios)[number];

/** What becomes of the rows that a scenario is played with. */
export const harms = {
  'operator-error': 'deleted',
  ransomware: 'overwritten',
  corruption: 'overwritten',
} as const satisfies Record<HarmScenario, string>;

/** Whether rows of the source are harmed before anything is restored. */
export const isHarm = (scenario: PlayedScenario | undefined): scenario is HarmScenario =>
  harmScenarios.some((one) => one === scenario);
