/**
 * Unite Cloud of the sample: clinics and laboratories, their cases, orders, files, messages and the audit of access.
 * `unite.case_file.content_address` refers to blobs as lower-case hexadecimal SHA-256.
 */
import type { Client } from 'pg';
import { generateContent, type ContentKind } from '../content/content.ts';
import type { StoredBlob } from '../blobs.ts';
import { Random } from '../random.ts';
import { inTransaction, insertTables, RowBuffer } from '../rows.ts';
import { planSizes } from '../sizes.ts';
import { ranges, scaled, spreadGroups } from '../spread.ts';
import { presentMoment } from '../timeline.ts';
import type {
  Batch,
  CaseContext,
  PlanContext,
  PlannedBlob,
  SampleSystem,
  SeedPlan,
  Written,
} from './system.ts';
import { addCaseRows, caseTables, type CaseParties } from './unite-cloud-case.ts';
import { populate, type Population } from './unite-cloud-population.ts';

const kinds: readonly ContentKind[] = ['stl', 'stl', 'ply', 'png', 'pdf'];
const fullSize = { cases: 5_200, blobs: 1_080, bytes: 54_000_000 };
const batchCount = 16;

/** The system definition that seed and writer use. */
export const uniteCloud: SampleSystem = {
  schema: 'unite',
  sqlFile: 'unite-cloud.sql',
  blobName: (hex) => `sha256/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}`,
  plan: async (context) => planSeed(context),
  addCase,
};

function planSeed(context: PlanContext): SeedPlan {
  const origin = `unite-cloud/${context.region}/${context.seed}`;
  const random = new Random(origin);
  const population = populate(random, context.timeline, context.scale);
  const sizes = planSizes(random, scaled(fullSize.blobs, context.scale, 12), fullSize.bytes * context.scale);
  const blobs = sizes.map((size, index) => planBlob(`${origin}/blob/${index}`, size));
  return { blobCount: blobs.length, batches: planBatches(context, random, population, blobs) };
}

function planBlob(origin: string, size: number): PlannedBlob {
  return { upload: true, generate: () => generateContent(new Random(origin), kinds, size) };
}

function* planBatches(
  context: PlanContext,
  random: Random,
  population: Population,
  blobs: readonly PlannedBlob[],
): Generator<Batch> {
  yield { blobs: [], write: (client) => insertTables(client, population.tables) };
  const cases = scaled(fullSize.cases, context.scale, 30);
  const blobsOfCase = spreadGroups(random, blobs.length, cases);
  const earlier: StoredBlob[] = [];
  for (const { from, to } of ranges(cases, batchCount)) {
    const owned = Array.from({ length: to - from }, (_, index) => blobsOfCase.get(from + index) ?? []);
    yield {
      blobs: owned.flat().map((index) => blobs[index] as PlannedBlob),
      write: (client, stored) =>
        writeCases(client, { context, random, population, owned, earlier, from, cases }, stored),
    };
  }
}

interface CaseRange {
  readonly context: PlanContext;
  readonly random: Random;
  readonly population: Population;
  /** For each case of the range the numbers of the blobs that it owns. */
  readonly owned: readonly (readonly number[])[];
  /** Blobs of earlier cases, some of which later cases refer to again. */
  readonly earlier: StoredBlob[];
  readonly from: number;
  readonly cases: number;
}

function writeCases(client: Client, range: CaseRange, stored: readonly StoredBlob[]): Promise<number> {
  const buffer = new RowBuffer(caseTables);
  let next = 0;
  range.owned.forEach((numbers, index) => {
    const files: (StoredBlob | undefined)[] = stored.slice(next, next + numbers.length);
    next += numbers.length;
    if (range.earlier.length > 0 && range.random.chance(0.03)) files.push(range.random.pick(range.earlier));
    if (range.random.chance(0.02)) files.push(undefined);
    const fraction = (range.from + index + range.random.fraction()) / range.cases;
    addCaseRows(buffer, {
      random: range.random,
      number: `UC-${String(range.from + index + 1).padStart(6, '0')}`,
      parties: range.population.parties(range.random),
      moment: range.context.timeline.moment(fraction),
      files,
    });
  });
  range.earlier.push(...stored);
  return insertTables(client, buffer.tables());
}

async function addCase(context: CaseContext): Promise<Written> {
  const { client, random } = context;
  const parties = await pickParties(client);
  const files: StoredBlob[] = [];
  for (let count = random.integer(1, 3); count > 0; count--) {
    files.push(await context.store(generateContent(random, kinds, random.integer(2_000, 120_000))));
  }
  const buffer = new RowBuffer(caseTables);
  const number = `UC-W${random.bytes(6).toString('hex').toUpperCase()}`;
  addCaseRows(buffer, { random, number, parties, moment: presentMoment(context.now), files });
  const rows = await inTransaction(client, () => insertTables(client, buffer.tables()));
  return { rows, blobs: files.length };
}

async function pickParties(client: Client): Promise<CaseParties> {
  const { rows } = await client.query<CaseParties>(`
    SELECT p.id AS "patientId", p.clinic_id AS "clinicId", l.id AS "labId", d.id AS "dentistId", t.id AS "technicianId"
    FROM (SELECT id, clinic_id FROM unite.patient ORDER BY random() LIMIT 1) p
    CROSS JOIN (SELECT id FROM unite.lab ORDER BY random() LIMIT 1) l
    JOIN LATERAL (SELECT id FROM unite.member WHERE clinic_id = p.clinic_id ORDER BY random() LIMIT 1) d ON true
    JOIN LATERAL (SELECT id FROM unite.member WHERE lab_id = l.id ORDER BY random() LIMIT 1) t ON true`);
  if (!rows[0])
    throw new Error(
      'unite has no patient with a clinic, a laboratory and their members: seed the database again',
    );
  return rows[0];
}
