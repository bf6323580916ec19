/**
 * LMS of the sample: the management of a dental laboratory with its event log.
 * `lms.document.content_address` refers to blobs as `sha256:<hex>`; `lms.event_log` is the log.
 */
import type { Client } from 'pg';
import type { StoredBlob } from '../blobs.ts';
import { generateContent, type ContentKind } from '../content/content.ts';
import { Random } from '../random.ts';
import { inTransaction, insertTables, RowBuffer } from '../rows.ts';
import { planSizes } from '../sizes.ts';
import { ranges, scaled, spreadGroups } from '../spread.ts';
import { presentMoment } from '../timeline.ts';
import { appendEvents, EventQueue } from './lms-events.ts';
import { addJobRows, jobTables } from './lms-job.ts';
import { furnishWorkshop, type Workshop, type WorkshopIds } from './lms-workshop.ts';
import type {
  Batch,
  CaseContext,
  PlanContext,
  PlannedBlob,
  SampleSystem,
  SeedPlan,
  Written,
} from './system.ts';

const kinds: readonly ContentKind[] = ['pdf', 'pdf', 'pdf', 'png', 'stl', 'ply'];
const fullSize = { jobs: 4_600, blobs: 1_080, bytes: 100_000_000 };
const batchCount = 16;

/** The system definition that seed and writer use. */
export const lms: SampleSystem = {
  schema: 'lms',
  sqlFile: 'lms.sql',
  blobName: (hex) => `${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}`,
  plan: async (context) => planSeed(context),
  addCase,
};

function planSeed(context: PlanContext): SeedPlan {
  const origin = `lms/${context.region}/${context.seed}`;
  const random = new Random(origin);
  const workshop = furnishWorkshop(random, context.timeline, context.scale);
  const sizes = planSizes(random, scaled(fullSize.blobs, context.scale, 12), fullSize.bytes * context.scale);
  const blobs = sizes.map((size, index) => planBlob(`${origin}/blob/${index}`, size));
  return { blobCount: blobs.length, batches: planBatches(context, random, workshop, blobs) };
}

function planBlob(origin: string, size: number): PlannedBlob {
  return { upload: true, generate: () => generateContent(new Random(origin), kinds, size) };
}

function* planBatches(
  context: PlanContext,
  random: Random,
  workshop: Workshop,
  blobs: readonly PlannedBlob[],
): Generator<Batch> {
  yield { blobs: [], write: (client) => insertTables(client, workshop.tables) };
  const jobs = scaled(fullSize.jobs, context.scale, 30);
  const blobsOfJob = spreadGroups(random, blobs.length, jobs);
  const shared = { context, random, workshop, jobs, earlier: [] as StoredBlob[], queue: new EventQueue() };
  for (const { from, to } of ranges(jobs, batchCount)) {
    const owned = Array.from({ length: to - from }, (_, index) => blobsOfJob.get(from + index) ?? []);
    yield {
      blobs: owned.flat().map((index) => blobs[index] as PlannedBlob),
      write: (client, stored) => writeJobs(client, { ...shared, owned, from, to }, stored),
    };
  }
}

interface JobRange {
  readonly context: PlanContext;
  readonly random: Random;
  readonly workshop: Workshop;
  readonly jobs: number;
  /** Blobs of earlier jobs, some of which later jobs refer to again. */
  readonly earlier: StoredBlob[];
  readonly queue: EventQueue;
  /** For each job of the range the numbers of the blobs that it owns. */
  readonly owned: readonly (readonly number[])[];
  readonly from: number;
  readonly to: number;
}

async function writeJobs(client: Client, range: JobRange, stored: readonly StoredBlob[]): Promise<number> {
  const { random, context } = range;
  const buffer = new RowBuffer(jobTables);
  let next = 0;
  range.owned.forEach((numbers, index) => {
    const documents: (StoredBlob | undefined)[] = stored.slice(next, next + numbers.length);
    next += numbers.length;
    if (range.earlier.length > 0 && random.chance(0.03)) documents.push(random.pick(range.earlier));
    if (random.chance(0.03)) documents.push(undefined);
    const number = `J-${String(range.from + index + 1).padStart(6, '0')}`;
    const moment = context.timeline.moment((range.from + index + random.fraction()) / range.jobs);
    range.queue.add(addJobRows(buffer, { random, number, workshop: range.workshop, moment, documents }));
  });
  range.earlier.push(...stored);
  const isLast = range.to === range.jobs;
  const events = range.queue.takeUntil(
    isLast ? undefined : context.timeline.moment(range.to / range.jobs).at,
  );
  return (await insertTables(client, buffer.tables())) + (await appendEvents(client, events));
}

async function addCase(context: CaseContext): Promise<Written> {
  const { client, random } = context;
  const workshop = await pickWorkshop(client);
  const documents: StoredBlob[] = [];
  for (let count = random.integer(1, 3); count > 0; count--) {
    documents.push(await context.store(generateContent(random, kinds, random.integer(2_000, 160_000))));
  }
  const buffer = new RowBuffer(jobTables);
  const number = `J-W${random.bytes(6).toString('hex').toUpperCase()}`;
  const events = addJobRows(buffer, {
    random,
    number,
    workshop,
    moment: presentMoment(context.now),
    documents,
  });
  const rows = await inTransaction(client, async () => {
    return (await insertTables(client, buffer.tables())) + (await appendEvents(client, events));
  });
  return { rows, blobs: documents.length };
}

async function pickWorkshop(client: Client): Promise<WorkshopIds> {
  const { rows } = await client.query<WorkshopIds>(`
    SELECT ARRAY(SELECT id::text FROM lms.customer ORDER BY random() LIMIT 1) AS customers,
      ARRAY(SELECT id::text FROM lms.technician ORDER BY random() LIMIT 8) AS technicians,
      ARRAY(SELECT id::text FROM lms.batch ORDER BY random() LIMIT 8) AS batches,
      ARRAY(SELECT id::text FROM lms.machine ORDER BY random() LIMIT 4) AS machines`);
  const workshop = rows[0];
  if (!workshop || Object.values(workshop).some((ids) => ids.length === 0)) {
    throw new Error('lms lacks customers, technicians, batches or machines: seed the database again');
  }
  return workshop;
}
