/**
 * How much the costly tests do: small counts on every run, full counts where `LIFEBOAT_BUDGET=full` (as `npm run
 * test:full` sets it). One table, so that a run's thoroughness can be read in one place; a count that no test uses fails
 * the lint tests.
 */

/** The counts of one test, for a normal and for a full run. */
interface Counts {
  readonly small: number;
  readonly full: number;
}

const table = {
  /** Random orchestrations (one seed each) that the embedded Functions host runs and compares with their model. */
  hostFuzzSeeds: { small: 100, full: 12_000 },
  /** Restore drills run one after the other on one stack, to find what leaks. */
  drillsInARow: { small: 1, full: 20 },
  /** Drills of which one thing is wrong; a small run takes others each day. Full: more than there are. */
  sabotagedDrills: { small: 6, full: 1_000 },
  /** Random cases of each property of a decision. */
  policyProperties: { small: 200, full: 20_000 },
  /** Random catalogues of which an oracle by brute force judges the retention as well. */
  retentionCatalogues: { small: 1_000, full: 100_000 },
  /** Random pagings, borders of parts and kills between them that one store's scan is put through. */
  scanPagings: { small: 10, full: 400 },
  /** Writes of a scan to the vault of which each in turn is lost; full: more than there are. */
  scanWritesLost: { small: 8, full: 1_000 },
  /** Looks a day for the newest slot of a schedule, on the days around each clock change of a time zone. */
  clockChangeLooksPerDay: { small: 8, full: 288 },
  /** SIGKILLs of the app, and of the whole stack, at each stage of a drill. */
  killsPerStage: { small: 1, full: 5 },
  /** Blobs of the store whose scan is killed, and how often it is. */
  scannedBlobs: { small: 1_000, full: 20_000 },
  scanKills: { small: 1, full: 20 },
  /** Blob snapshots that a prune which is killed deletes, and how often it is killed while it does. */
  expiredSnapshots: { small: 200, full: 10_000 },
  pruneKills: { small: 1, full: 20 },
  /** SIGKILLs of the blob store right after it wrote its metadata out. */
  blobStoreKills: { small: 1, full: 10 },
  /** SIGKILLs of the app, each at another boundary between the steps of a cycle; full: more than there are. */
  killBoundaries: { small: 2, full: 1_000 },
  /** Looks at a restore that takes long; full: twelve hours of them. */
  longRestorePolls: { small: 300, full: 1_500 },
  /** Entries of an audit log of a thousand that are tampered with, in each way; full: all of them. */
  tamperedAuditEntries: { small: 4, full: 2_000 },
  /** Entries that each of fifty processes writes into one audit log at once. */
  entriesOfAuditWriters: { small: 4, full: 100 },
  /** Calls to the vault, and to the provider, at which the app of a restore is killed; full: most there are. */
  restoreKills: { small: 3, full: 120 },
  /** People who approve the same restore at once. */
  concurrentApprovals: { small: 100, full: 1_000 },
  /** Cycles run one after the other while the memory of a host is watched. */
  memoryCycles: { small: 4, full: 20 },
  /** Single-bit flips of a 16 KiB blob that a scan reads over a socket; full: all there are. */
  bitFlips: { small: 1_000, full: 131_072 },
  /** Truncations of that blob; full: all there are. */
  truncations: { small: 250, full: 16_384 },
  /** Single-bit flips of a 64 MiB blob. */
  largeBlobFlips: { small: 3, full: 1_000 },
  /** Undamaged blobs, of which a scan may doubt none. */
  cleanBlobs: { small: 1_000, full: 100_000 },
  /** The size of the blob that is larger than any other, in MiB. */
  hugeBlobMiB: { small: 64, full: 5_120 },
  /** Seeds of the simulator, each a month of the product in a world of its own. */
  simulatedSeeds: { small: 25, full: 10_000 },
  /** Planted bugs that the simulator is to catch; a small run takes others each day. Full: more than there are. */
  plantedBugsHunted: { small: 1, full: 1_000 },
  /** Requests to the API that are wrong in some way, generated. */
  malformedRequests: { small: 1_000, full: 20_000 },
} as const satisfies Record<string, Counts>;

/** The name of a count. */
export type BudgetKey = keyof typeof table;

/** How thorough a run is. */
export type BudgetMode = keyof Counts;

/** The mode named by `LIFEBOAT_BUDGET`; unset means small, anything but `small` and `full` is an error. */
export function budgetMode(value: string | undefined): BudgetMode {
  if (value === undefined || value === '' || value === 'small') return 'small';
  if (value === 'full') return 'full';
  throw new Error(`LIFEBOAT_BUDGET is ${JSON.stringify(value)}: use "small" or "full".`);
}

/** Every count in one mode. */
export function budgetFor(mode: BudgetMode): Readonly<Record<BudgetKey, number>> {
  const entries = Object.entries(table).map(([key, counts]) => [key, counts[mode]]);
  return Object.fromEntries(entries) as Record<BudgetKey, number>;
}

/** The counts of this run. */
export const budget = budgetFor(budgetMode(process.env['LIFEBOAT_BUDGET']));
