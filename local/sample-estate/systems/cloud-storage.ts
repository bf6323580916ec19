/**
 * Cloud Storage of the sample: devices of tenants keep objects that only the tenant can open, and sign every change.
 * `cloudstorage.object_version.content_digest` refers to blobs (bytea SHA-256 of the whole envelope);
 * `cloudstorage.change_record.jws` holds the signed records.
 */
import type { Client } from 'pg';
import type { StoredBlob } from '../blobs.ts';
import { generateContent, type ContentKind } from '../content/content.ts';
import { envelopeOverheadBytes, sealEnvelope } from '../envelope.ts';
import { Random } from '../random.ts';
import { insertTables } from '../rows.ts';
import { planSizes } from '../sizes.ts';
import { ranges, scaled } from '../spread.ts';
import { ChangeLog } from './cloud-storage-changes.ts';
import { createClients, type Clients } from './cloud-storage-clients.ts';
import { drawHistory, type History } from './cloud-storage-history.ts';
import { addObjectCase, sealedMediaType } from './cloud-storage-case.ts';
import { objectTables, trafficTables } from './cloud-storage-rows.ts';
import type { Batch, PlanContext, PlannedBlob, SampleSystem, SeedPlan } from './system.ts';

const kinds: readonly ContentKind[] = ['stl', 'ply', 'png', 'pdf'];
const fullSize = { blobs: 1_080, deleted: 90, bytes: 100_000_000, accesses: 36_000, sessions: 10_500 };
const batchCount = 14;

/** The system definition that seed and writer use. */
export const cloudStorage: SampleSystem = {
  schema: 'cloudstorage',
  sqlFile: 'cloud-storage.sql',
  blobName: (hex) => `${hex.slice(0, 2)}/${hex}`,
  plan: planSeed,
  addCase: (context) => addObjectCase(context, kinds),
};

async function planSeed(context: PlanContext): Promise<SeedPlan> {
  const origin = `cloud-storage/${context.region}/${context.seed}`;
  const random = new Random(origin);
  const clients = await createClients(random, context);
  const live = scaled(fullSize.blobs, context.scale, 12);
  const history = drawHistory(random, live, scaled(fullSize.deleted, context.scale, 4));
  const objectIds = history.objects.map(() => random.uuid());
  const sizes = planSizes(random, live, fullSize.bytes * context.scale);
  const blobs = planContents(origin, history, clients, sizes);
  return {
    blobCount: blobs.filter((blob) => blob.upload).length,
    batches: planBatches({ context, random, clients, history, blobs, objectIds }),
  };
}

/** One planned blob per content, sealed for the tenant of the first object that brought it in. */
function planContents(
  origin: string,
  history: History,
  clients: Clients,
  sizes: readonly number[],
): PlannedBlob[] {
  const blobs: PlannedBlob[] = [];
  history.objects.forEach((life, object) => {
    for (const content of life.contents) {
      blobs[content] ??= {
        upload: history.live.has(content),
        generate: () =>
          generateSealed(
            `${origin}/content/${content}`,
            sizes[content] ?? 4_096,
            clients.deviceOf(history, object).recipient,
          ),
      };
    }
  });
  return blobs;
}

function generateSealed(origin: string, size: number, recipient: Buffer) {
  const random = new Random(origin);
  const content = generateContent(random, kinds, size - envelopeOverheadBytes);
  const bytes = sealEnvelope(content.bytes, recipient, (length) => random.bytes(length));
  return { bytes, mediaType: sealedMediaType, extension: 'sealed' };
}

interface SeedInput {
  readonly context: PlanContext;
  readonly random: Random;
  readonly clients: Clients;
  readonly history: History;
  readonly objectIds: readonly string[];
  readonly blobs: readonly PlannedBlob[];
}

function* planBatches(input: SeedInput): Generator<Batch> {
  yield { blobs: [], write: (client) => insertTables(client, input.clients.tables) };
  const known = new Map<number, StoredBlob>();
  const log = new ChangeLog();
  const requested = new Set<number>();
  for (const { from, to } of ranges(input.history.changes.length, batchCount)) {
    const contents = newContents(input.history, from, to, requested);
    yield {
      blobs: contents.map((content) => input.blobs[content] as PlannedBlob),
      write: (client, stored) => {
        contents.forEach((content, index) => known.set(content, stored[index] as StoredBlob));
        return writeChanges(client, input, { from, to, known, log });
      },
    };
  }
}

/** The contents that the range's changes bring in for the first time. */
function newContents(history: History, from: number, to: number, requested: Set<number>): number[] {
  const contents: number[] = [];
  for (const { content } of history.changes.slice(from, to)) {
    if (content === undefined || requested.has(content)) continue;
    requested.add(content);
    contents.push(content);
  }
  return contents;
}

interface ChangeRange {
  readonly from: number;
  readonly to: number;
  readonly known: ReadonlyMap<number, StoredBlob>;
  readonly log: ChangeLog;
}

async function writeChanges(client: Client, input: SeedInput, range: ChangeRange): Promise<number> {
  const { context, clients, history, objectIds } = input;
  const part = { ...input, timeline: context.timeline, changes: history.changes.slice(range.from, range.to) };
  const records = part.changes.map((change) =>
    range.log.append({
      object: objectIds[change.object] as string,
      device: clients.deviceOf(history, change.object),
      operation: change.operation,
      blob: change.content === undefined ? undefined : range.known.get(change.content),
      at: context.timeline.moment(change.fraction).at,
    }),
  );
  const rows = await insertTables(client, [
    ...objectTables(part, range.known),
    { table: 'cloudstorage.change_record', rows: records },
    ...trafficTables(part, {
      seen: history.changes.slice(0, range.to),
      accesses: portion(fullSize.accesses, context.scale, range, history),
      sessions: portion(fullSize.sessions, context.scale, range, history),
    }),
  ]);
  await range.log.saveHead(client);
  return rows;
}

function portion(total: number, scale: number, { from, to }: ChangeRange, history: History): number {
  return Math.ceil((total * scale * (to - from)) / history.changes.length);
}
