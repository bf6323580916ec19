/** Every check, in the order in which a drill runs them, and which of them a database needs. */
import type { EstateDatabase, EstateRegion } from '../../contracts/estate.ts';
import { Failure } from '../../policy/failure.ts';
import { loggedStoresOf, storesOf } from '../scope.ts';
import type { Check } from './check.ts';
import { schemaCheck } from './schema.ts';
import { changesCheck } from './changes.ts';
import { clockCheck } from './clock.ts';
import { configurationCheck } from './configuration.ts';
import { eventsCheck } from './events.ts';
import { exerciseCheck } from './exercise.ts';
import { fingerprintCheck } from './fingerprint.ts';
import { heartbeatCheck } from './heartbeat.ts';
import { indexesCheck } from './indexes.ts';
import { instantCheck } from './instant.ts';
import { operatorCheck } from './operator.ts';
import { pagesCheck } from './pages.ts';
import { rebuildCheck } from './rebuild.ts';
import { referencesCheck } from './references.ts';
import { repairCheck } from './repair.ts';
import { smokeCheck } from './smoke.ts';

const checks: readonly Check[] = [
  clockCheck,
  heartbeatCheck,
  instantCheck,
  exerciseCheck,
  configurationCheck,
  schemaCheck,
  fingerprintCheck,
  pagesCheck,
  indexesCheck,
  referencesCheck,
  changesCheck,
  eventsCheck,
  operatorCheck,
  smokeCheck,
];

/** What is to be checked. */
export interface CheckNeeds {
  /** What is restored to is a recorded recovery point. */
  readonly hasRecord: boolean;
  /**
   * What it is restored for: in an exercise a disaster was played in the source before. The application of the smoke
   * check is pointed at what drills restore, and at nothing that a person restores.
   */
  readonly occasion: 'drill' | 'exercise' | 'restore';
  /** It is the last one that is checked: the application may write, so that it comes after every other check. */
  readonly isLast: boolean;
}

/** The ids of the checks that a database needs. */
export function checksFor(
  region: EstateRegion,
  database: EstateDatabase,
  { hasRecord, occasion, isLast }: CheckNeeds,
): string[] {
  const needless = new Set<string>(occasion === 'exercise' ? [] : [exerciseCheck.id]);
  for (const check of checks) if (check.needsRecord === true && !hasRecord) needless.add(check.id);
  if (storesOf(region, database.id).length === 0) needless.add(referencesCheck.id);
  if (loggedStoresOf(region, database.id).length === 0) needless.add(changesCheck.id);
  if (database.eventLog === undefined) needless.add(eventsCheck.id);
  if (database.checks.length === 0) needless.add(operatorCheck.id);
  if (occasion === 'restore' || !isLast || region.drill.smoke === undefined) needless.add(smokeCheck.id);
  return checks.map((check) => check.id).filter((id) => !needless.has(id));
}

/** Checks that a scenario plans, and nothing else. */
const ofScenarios: readonly Check[] = [rebuildCheck, repairCheck];

/** A check by its id. */
export function checkById(id: string): Check {
  const check = [...checks, ...ofScenarios].find((one) => one.id === id);
  if (check !== undefined) return check;
  throw new Failure(
    'not-found',
    `there is no check "${id}"`,
    'The plan was made by another version; plan the drill again.',
  );
}
