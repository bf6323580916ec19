/**
 * A scope of the estate as it may be used: while a weaker estate waits for its approval, what was approved goes on to hold
 * wherever it is still known how. That is: schedules are served as often as they were, drills run the checks that they
 * ran, and nobody goes on with a restore alone sooner. What an estate does not name any more (a system, a database, a
 * store, a column) cannot be kept; it is told.
 */
import type { EstateDatabase, EstateRegion, EstateSystem } from '../contracts/estate.ts';
import { approvedEstate, protectionOfApproved } from '../contracts/approved-estate.ts';
import { protectionIn } from '../contracts/estate-protection.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { failureFrom } from '../policy/failure.ts';
import { secondsOf } from '../policy/objectives.ts';
import {
  usualSamples,
  weakerThan,
  type DatabaseProtection,
  type SystemProtection,
  type Weakening,
} from '../policy/retention/protection.ts';
import type { Dependencies } from './dependencies.ts';
import { effectiveProtection } from './estate-guard.ts';
import { scoped, type Scoped } from './scope.ts';
import { readDocument } from './vault-documents.ts';

/** Finds a scope, with schedules and checks of whatever protects more: the estate, or what was approved before it. */
export async function approvedScope(deps: Dependencies, scope: Scope): Promise<Scoped> {
  const here = scoped(deps, scope);
  const protection = await protectionNow(deps, scope);
  if (protection === undefined) return here;
  return {
    scope: here.scope,
    system: { ...here.system, schedules: schedulesBy(protection, here.system.schedules) },
    region: {
      ...here.region,
      restore: restoreBy(protection, here.region.restore),
      drill: { ...here.region.drill, ...samplesBy(protection) },
      databases: here.region.databases.map((database) => withChecks(protection.databases, database)),
    },
  };
}

/** What was approved and does not hold while the weaker estate waits, for it is not known any more how to keep it. */
export async function notKept(deps: Dependencies, scope: Scope): Promise<Weakening[]> {
  const asked = protectionIn(deps.estate, scope);
  try {
    const read = await readDocument(deps.vault, vaultPaths.approvedEstate(scope), approvedEstate);
    const approved = read === undefined ? undefined : protectionOfApproved(read);
    const found = weakerThan(approved === undefined ? [] : [approved], asked === undefined ? [] : [asked]);
    return found.filter(({ isKept }) => !isKept);
  } catch (thrown) {
    if (failureFrom(thrown).code !== 'bad-document') throw thrown;
    return [];
  }
}

/** What protects a scope; undefined where nothing is approved yet, or cannot be read: an alert tells of that. */
async function protectionNow(deps: Dependencies, scope: Scope): Promise<SystemProtection | undefined> {
  try {
    return await effectiveProtection(deps, scope);
  } catch (thrown) {
    const { code } = failureFrom(thrown);
    if (code !== 'not-found' && code !== 'bad-document') throw thrown;
    return undefined;
  }
}

function samplesBy({
  drillSamples = usualSamples,
}: SystemProtection): Pick<EstateRegion['drill'], 'references' | 'changeRecords'> {
  const { references, changeRecords } = drillSamples;
  return { references: { atMost: references }, changeRecords: { atMost: changeRecords } };
}

function restoreBy(
  { aloneAfterSeconds }: SystemProtection,
  asked: EstateRegion['restore'],
): EstateRegion['restore'] {
  if (asked === undefined || aloneAfterSeconds === undefined) return asked;
  return {
    ...asked,
    breakGlassAfter: aloneAfterSeconds === 'never' ? aloneAfterSeconds : `PT${aloneAfterSeconds}S`,
  };
}

type Schedules = EstateSystem['schedules'];

function schedulesBy({ schedules }: SystemProtection, asked: Schedules): Schedules {
  const one = (kind: keyof Schedules): Schedules[keyof Schedules] => {
    const { slots, lateAfterSeconds } = schedules[kind] ?? {};
    const isLess = lateAfterSeconds !== undefined && lateAfterSeconds < secondsOf(asked[kind].lateAfter);
    return { ...asked[kind], ...slots, ...(isLess ? { lateAfter: `PT${lateAfterSeconds}S` } : {}) };
  };
  return { snapshot: one('snapshot'), drill: one('drill'), scan: one('scan'), prune: one('prune') };
}

function withChecks(approved: readonly DatabaseProtection[], database: EstateDatabase): EstateDatabase {
  const known = approved.find(({ id }) => id === database.id)?.checks ?? [];
  const gone = known.filter(({ name }) => database.checks.every((check) => check.name !== name));
  return { ...database, checks: [...database.checks, ...gone] };
}
