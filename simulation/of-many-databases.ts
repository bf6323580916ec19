/**
 * The workflows that no world of the simulator needs: it has one database, and no server that is busy for minutes. They are
 * played in test/workflows/many-databases.test.ts.
 */
export const ofManyDatabases: ReadonlySet<string> = new Set([
  'takeParts',
  'childGroup',
  'targetOperation',
  'startWhenFree',
]);
