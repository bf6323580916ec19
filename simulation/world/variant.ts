/** What a seed's world is like: its estate, its provider's settings, how its people keep their data. */
import type { Estate } from '../../src/contracts/estate.ts';
import { region, sampleEstate, serverId } from '../../test/support/sample-estate.ts';
import { Random } from '../random.ts';
import type { Keeping } from './blob-account.ts';

export interface Variant {
  readonly estate: Estate;
  /** One that protects less, which somebody deploys at times and nobody approves. */
  readonly weakerEstate: Estate;
  readonly retentionDays: number;
  readonly backupMinute: number;
  readonly keeping: Keeping;
  readonly firstBlobs: number;
  /** The estate switches the deletion of unreferenced blobs on; people then leave it to the product. */
  readonly deletesUnreferenced: boolean;
  /** After this day the host is gone for longer than records are kept; undefined in most worlds. */
  readonly yearOffAfterDay: number | undefined;
}

/** On which days each schedule has a slot: its time of day stays that of the sample estate. */
const days = {
  snapshot: ['* * *', '* * *', '*/2 * *', '* * 1,4'],
  scan: ['* * *', '* * *', '*/2 * *'],
  prune: ['* * *', '* * *', '*/2 * *'],
  drill: ['* * *', '*/2 * *', '* * 1,4', '* * 6'],
} as const;
const kinds = ['snapshot', 'scan', 'prune', 'drill'] as const;

let sample: Estate | undefined;

/** Some worlds have further databases, each on a server of its own: by the seed, so that few seeds see all that they need. */
const furtherDatabases = (seed: number): number => (seed % 25 === 12 ? 4 : seed % 25 === 6 ? 1 : 0);

/** The world of a seed. */
export function drawVariant(seed: number): Variant {
  const [random, years] = [new Random(seed, 'variant'), new Random(seed, 'years')];
  sample ??= sampleEstate('exact', { geo: true, smoke: true, cutover: true });
  const estate = structuredClone(sample);
  const [system] = estate.systems;
  if (system === undefined) throw new Error('the sample estate has no system');
  for (const kind of kinds) {
    const schedule = system.schedules[kind];
    schedule.cron = `${schedule.cron.split(' ').slice(0, 3).join(' ')} ${random.pick(days[kind])}`;
  }
  // The shortest that may be: the thirty days of a seed are to see histories go.
  system.retention.history = 'P7D';
  system.retention.reports = 'P365D';
  system.retention.minimumProven = random.pick([1, 1, 2, 3]);
  system.retention.brake = {
    ...system.retention.brake,
    fraction: random.pick([1, 1, 0.5, 0.3, 0.15]),
    contentFraction: random.pick([1, 1, 0.5, 0.3]),
  };
  system.scrub.cycle = random.pick(['P1D', 'P1D', 'P3D', 'P7D']);
  if (random.chance(0.4)) system.schedules.drill.scenario = 'rotate';
  const deletesUnreferenced = random.chance(0.5);
  const hasApplication = random.chance(0.5);
  addDatabases(system, furtherDatabases(seed));
  for (const one of system.regions) {
    if (!hasApplication) delete one.drill.smoke;
    if (one.restore !== undefined) one.restore.tables = 'allowed';
    for (const database of one.databases) database.fingerprint = random.pick(['exact', 'bracketed']);
    for (const store of one.blobStores) {
      store.repair = random.pick(['manual', 'automatic']);
      store.unreferenced = deletesUnreferenced ? 'delete' : 'report';
    }
  }
  return {
    estate,
    weakerEstate: weaker(estate),
    retentionDays: random.pick([7, 9, 14, 35]),
    backupMinute: random.between(0, 1440),
    keeping: random.pick(['versions', 'versions', 'soft-delete', 'nothing'] as const),
    firstBlobs: random.between(6, 16),
    deletesUnreferenced,
    yearOffAfterDay: years.chance(0.15) ? years.between(3, 20) : undefined,
  };
}

function addDatabases({ regions }: Estate['systems'][number], count: number): void {
  const databases = regions.find((one) => one.region === region)?.databases ?? [];
  const [first] = databases;
  if (first === undefined) throw new Error('the sample estate has no database');
  for (let n = 1; n <= count; n += 1) {
    const server = serverId('rg-shop-westeurope', `shop-${n}`);
    databases.push({ ...first, id: `d${n}`, server, checks: [] });
  }
}

function weaker(estate: Estate): Estate {
  const made = structuredClone(estate);
  for (const { retention } of made.systems) {
    retention.minimumProven = 1;
    retention.brake = { ...retention.brake, fraction: 1, contentFraction: 1 };
  }
  return made;
}
