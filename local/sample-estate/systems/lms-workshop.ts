/**
 * What the laboratory of the LMS sample works with: customers, technicians, materials, their batches, machines.
 * Invariant: every material has at least one batch.
 */
import type { Random } from '../random.ts';
import { bytea, type TableRows } from '../rows.ts';
import { scaled } from '../spread.ts';
import type { Timeline } from '../timeline.ts';
import { cities, materials } from '../vocabulary.ts';

/** Ids that jobs refer to. */
export interface WorkshopIds {
  readonly customers: readonly string[];
  readonly technicians: readonly string[];
  readonly batches: readonly string[];
  readonly machines: readonly string[];
}

/** The rows and their ids. */
export interface Workshop extends WorkshopIds {
  readonly tables: readonly TableRows[];
}

/** The steps that a job can have, in the order of the work. */
export const stepKinds = ['scan', 'design', 'mill', 'sinter', 'stain', 'polish', 'check', 'pack'] as const;

/** Draws the workshop. */
export function furnishWorkshop(random: Random, timeline: Timeline, scale: number): Workshop {
  const customers = times(scaled(240, scale, 5), (index) => customerRow(random, index, timeline));
  const technicians = times(scaled(48, scale, 3), () => technicianRow(random));
  const articles = times(scaled(160, scale, 4), (index) => materialRow(random, index));
  const batches = times(scaled(1_200, scale, 8), (index) =>
    batchRow(random, articles[index % articles.length]?.id ?? '', index, timeline),
  );
  const machines = times(scaled(32, scale, 3), (index) => machineRow(random, index, timeline));
  return {
    customers: customers.map((row) => row.id),
    technicians: technicians.map((row) => row.id),
    batches: batches.map((row) => row.id),
    machines: machines.map((row) => row.id),
    tables: [
      { table: 'lms.customer', rows: customers },
      { table: 'lms.technician', rows: technicians },
      { table: 'lms.material', rows: articles },
      { table: 'lms.batch', rows: batches },
      { table: 'lms.machine', rows: machines },
    ],
  };
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function customerRow(random: Random, index: number, timeline: Timeline) {
  const [city, country] = random.pick(cities);
  return {
    id: random.uuid(),
    number: 10_000 + index,
    name: `Practice ${city} ${index + 1}`,
    address: { city, country, street: `Road ${random.integer(1, 200)}` },
    discount: random.pick([0, 0, 0, 2.5, 5]),
    created_at: timeline.moment(0).at,
  };
}

function technicianRow(random: Random) {
  return {
    id: random.uuid(),
    name: `Technician ${random.bytes(3).toString('hex')}`,
    skills: random.shuffle(stepKinds).slice(0, random.integer(2, 6)),
    badge_hash: bytea(random.bytes(32)),
    active: random.chance(0.95),
  };
}

function materialRow(random: Random, index: number) {
  const name = random.pick(materials);
  return {
    id: random.uuid(),
    article: `ART-${String(index + 1).padStart(5, '0')}`,
    name,
    unit: random.pick(['g', 'piece', 'ml']),
    price: (random.integer(100, 900_000) / 10_000).toFixed(4),
    properties: {
      flexuralStrengthMpa: random.integer(80, 1_200),
      biocompatible: true,
      class: random.pick(['I', 'IIa']),
    },
  };
}

function batchRow(random: Random, materialId: string, index: number, timeline: Timeline) {
  const moment = timeline.moment(random.fraction() * 0.3);
  return {
    id: random.uuid(),
    material_id: materialId,
    lot: `L${index}-${random.bytes(2).toString('hex')}`,
    quantity: (random.integer(1, 5_000_000) / 1_000).toFixed(3),
    received_at: moment.at,
    expires_on: random.chance(0.8) ? moment.day(random.integer(200, 1_500)) : null,
  };
}

function machineRow(random: Random, index: number, timeline: Timeline) {
  return {
    id: random.uuid(),
    serial: `SN-${String(index + 1).padStart(4, '0')}-${random.bytes(2).toString('hex')}`,
    kind: random.pick(['scanner', 'mill', 'printer', 'furnace']),
    model: `Model ${random.pick(['S', 'M', 'X'])}${random.integer(1, 9)}`,
    calibration: { offsetUm: [random.integer(-9, 9), random.integer(-9, 9)], at: timeline.moment(0.1).at },
    installed_on: timeline.moment(0).day(-random.integer(10, 1_500)),
  };
}
