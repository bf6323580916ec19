/**
 * One case of Unite Cloud with everything that hangs on it: order, items, files, messages, audit of access.
 * Invariant: a file row refers only to a blob that was passed in as stored.
 */
import type { StoredBlob } from '../blobs.ts';
import { pngImage } from '../content/png.ts';
import type { Random } from '../random.ts';
import { bytea, type RowBuffer } from '../rows.ts';
import type { Moment } from '../timeline.ts';
import { materials, remark, restorations, shades, teeth } from '../vocabulary.ts';

/** Who shares a case; ids of existing rows. */
export interface CaseParties {
  readonly patientId: string;
  readonly clinicId: string;
  readonly labId: string;
  readonly dentistId: string;
  readonly technicianId: string;
}

/** What a case is made of; a file that is undefined has been announced but not uploaded. */
export interface CaseInput {
  readonly random: Random;
  readonly number: string;
  readonly parties: CaseParties;
  readonly moment: Moment;
  readonly files: readonly (StoredBlob | undefined)[];
}

/** The tables of a case, referenced tables first. */
export const caseTables = [
  'unite.dental_case',
  'unite.lab_order',
  'unite.order_item',
  'unite.case_file',
  'unite.message',
  'unite.access_audit',
];

/** Adds all rows of one case. */
export function addCaseRows(buffer: RowBuffer, input: CaseInput): void {
  const caseId = input.random.uuid();
  buffer.add('unite.dental_case', caseRow(caseId, input));
  addOrder(buffer, caseId, input);
  for (const file of input.files) buffer.add('unite.case_file', fileRow(caseId, input, file));
  for (let count = input.random.integer(1, 4); count > 0; count--) {
    buffer.add('unite.message', messageRow(caseId, input));
  }
  for (let count = input.random.integer(2, 5); count > 0; count--) {
    buffer.add('unite.access_audit', accessRow(caseId, input));
  }
}

function caseRow(id: string, { random, number, parties, moment }: CaseInput) {
  return {
    id,
    number,
    clinic_id: parties.clinicId,
    lab_id: parties.labId,
    patient_id: parties.patientId,
    status: caseStatus(random, moment),
    teeth: teeth(random),
    prescription: {
      restoration: random.pick(restorations),
      material: random.pick(materials),
      shade: random.pick(shades),
      note: remark(random),
      occlusion: { contactMm: random.integer(0, 20) / 100, guidance: random.pick(['canine', 'group']) },
    },
    due_on: random.chance(0.95) ? moment.day(random.integer(5, 21)) : null,
    created_at: moment.at,
    updated_at: moment.after(random.fraction() * 200),
  };
}

function caseStatus(random: Random, moment: Moment): string {
  if (moment.reached(24 * 21)) return random.pick(['closed', 'closed', 'closed', 'shipped', 'cancelled']);
  if (moment.reached(24)) return random.pick(['in_design', 'in_production', 'shipped']);
  return random.pick(['draft', 'submitted']);
}

function addOrder(buffer: RowBuffer, caseId: string, { random, moment }: CaseInput): void {
  const id = random.uuid();
  const items = Array.from({ length: random.integer(1, 3) }, (_, index) => ({
    order_id: id,
    position: index + 1,
    description: `${random.pick(materials)} ${random.pick(restorations)}`,
    shade: random.chance(0.8) ? random.pick(shades) : null,
    quantity: random.integer(1, 4),
    unit_price: random.integer(2_000, 45_000) / 100,
  }));
  const cents = items.reduce((sum, item) => sum + item.quantity * Math.round(item.unit_price * 100), 0);
  const delivery = random.integer(48, 400);
  buffer.add('unite.lab_order', {
    id,
    case_id: caseId,
    currency: random.pick(['EUR', 'USD', 'CHF']),
    total: (cents / 100).toFixed(2),
    placed_at: moment.after(1),
    delivered_at: moment.reached(delivery) ? moment.after(delivery) : null,
  });
  for (const item of items) buffer.add('unite.order_item', item);
}

function fileRow(caseId: string, { random, parties, moment }: CaseInput, file: StoredBlob | undefined) {
  const extension = file?.extension ?? 'stl';
  const isPicture = extension === 'png';
  return {
    id: random.uuid(),
    case_id: caseId,
    uploaded_by: random.chance(0.7) ? parties.dentistId : parties.technicianId,
    kind: isPicture
      ? random.pick(['radiograph', 'photo'])
      : extension === 'pdf'
        ? 'prescription'
        : random.pick(['scan', 'design']),
    file_name: `${random.pick(['upper', 'lower', 'bite', 'situ'])}-${random.bytes(3).toString('hex')}.${extension}`,
    media_type: file?.mediaType ?? 'model/stl',
    content_address: file?.hex ?? null,
    byte_size: file?.size ?? null,
    preview: isPicture ? bytea(pngImage(random, 260)) : null,
    created_at: moment.after(random.fraction() * 2),
  };
}

function messageRow(caseId: string, { random, parties, moment }: CaseInput) {
  const byDentist = random.chance(0.5);
  return {
    id: random.uuid(),
    case_id: caseId,
    author_id: byDentist ? parties.dentistId : parties.technicianId,
    body: remark(random),
    read_by: random.chance(0.8) ? [byDentist ? parties.technicianId : parties.dentistId] : [],
    sent_at: moment.after(random.fraction() * 120),
  };
}

function accessRow(caseId: string, { random, parties, moment }: CaseInput) {
  const byDentist = random.chance(0.6);
  return {
    member_id: byDentist ? parties.dentistId : parties.technicianId,
    patient_id: parties.patientId,
    case_id: random.chance(0.9) ? caseId : null,
    action: random.pick(['view', 'view', 'view', 'download', 'upload', 'share', 'print', 'export']),
    client_address: `198.51.100.${random.integer(1, 254)}`,
    detail: random.chance(0.3)
      ? { agent: random.pick(['browser', 'scanner', 'design station']), seconds: random.integer(1, 900) }
      : null,
    at: moment.after(random.fraction() * 300),
  };
}
