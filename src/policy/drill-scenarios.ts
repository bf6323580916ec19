/** The disasters that a drill plays: what each of them is called, and of which kind of recovery point it is a proof. */

export const drillScenarios = [
  'restore-newest-point',
  'restore-named-point',
  'restore-random-point',
  'restore-instant',
] as const;
export type DrillScenario = (typeof drillScenarios)[number];
