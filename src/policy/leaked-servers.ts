/**
 * Whose is a server in the resource group for drills? A drill's server bears a name that follows from drill, system,
 * region and database alone, so that it is known without any document: whatever else stands there is of unknown origin,
 * and is told of and never touched.
 */
import type { DateTime } from 'luxon';
import { drillServerName, parseServerResourceId } from './identifiers.ts';
import { safetyMargins } from './safety-margins.ts';
import { drillTags } from './server-removal.ts';

/** A server as the provider shows it. */
export interface GroupServer {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: DateTime | undefined;
}

/** A system of the region whose drills make servers there. */
export interface DrillingSystem {
  readonly system: string;
  readonly region: string;
  readonly databases: readonly string[];
}

/** A drill's server: of which system, by which drill. */
export interface DrillServerOrigin {
  readonly system: string;
  /** A restore of tables takes them from a server as a drill's. */
  readonly kind: 'drill' | 'restore';
  readonly drill: string;
  /** Its slot. */
  readonly slot: string;
  /** The digest of its plan. */
  readonly plan: string;
}

/** The tries that one drill may make. */
const attempts = Array.from({ length: safetyMargins.walkBackTries }, (_, index) => index + 1);

/** Which drill made a server; undefined if its name and its tags do not say so both. */
export function originOf(
  server: GroupServer,
  systems: readonly DrillingSystem[],
): DrillServerOrigin | undefined {
  const name = parseServerResourceId(server.id)?.name;
  const drill = server.tags[drillTags.drill] ?? '';
  const plan = server.tags[drillTags.plan] ?? '';
  const [, made, slot] = /^(drill|restore)-(\d{8}T\d{6}Z)$/.exec(drill) ?? [];
  const kind = made === 'restore' ? 'restore' : 'drill';
  if (name === undefined || slot === undefined || !/^sha256-[0-9a-f]{64}$/.test(plan)) return undefined;
  const owner = systems.find(({ system, region, databases }) =>
    databases.some((database) =>
      attempts.some(
        (attempt) => drillServerName({ kind, system, region, stamp: slot }, database, attempt) === name,
      ),
    ),
  );
  return owner === undefined ? undefined : { system: owner.system, kind, drill, slot, plan };
}

/**
 * Until when a drill's server may stand: the end of its drill, else what its tag says, and never longer than any drill may
 * need. A drill that was declared by a clock far ahead would otherwise be waited for until then.
 */
export function expiryOf(
  createdAt: DateTime | undefined,
  { ended, tagged }: { readonly ended: DateTime | undefined; readonly tagged: DateTime | undefined },
): DateTime | undefined {
  const said = ended ?? (tagged?.isValid === true ? tagged : undefined);
  const latest = createdAt?.plus({ seconds: longestSeconds });
  if (said === undefined || latest === undefined) return said;
  return said < latest ? said : latest;
}

/** The time to live, and the longest clean-up delay that a drill takes. */
const longestSeconds = safetyMargins.drillServerTimeToLiveSeconds + 86_400;

/** Hours that a server stood, and what they cost where the price of an hour is known. */
export function costOf(
  from: DateTime,
  to: DateTime,
  perHour: { readonly restoredServerPerHour: number; readonly currency: string } | undefined,
): { readonly hours: number; readonly cost?: { readonly amount: number; readonly currency: string } } {
  const hours = Math.round(Math.max(0, to.diff(from).as('hours')) * 10_000) / 10_000;
  if (perHour === undefined) return { hours };
  const amount = Math.round(hours * perHour.restoredServerPerHour * 10_000) / 10_000;
  return { hours, cost: { amount, currency: perHour.currency } };
}
