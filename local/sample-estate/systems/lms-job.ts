/**
 * One job of the LMS sample: its steps, documents and invoice, and the events that the log records about it.
 * Invariant: events say only what rows say, and a document row refers only to a blob that was passed in as stored.
 */
import type { StoredBlob } from '../blobs.ts';
import type { Random } from '../random.ts';
import type { RowBuffer } from '../rows.ts';
import type { Moment } from '../timeline.ts';
import { materials, remark, restorations, shades, teeth, words } from '../vocabulary.ts';
import type { LogEvent } from './lms-events.ts';
import { stepKinds, type WorkshopIds } from './lms-workshop.ts';

/** What a job is made of; a document that is undefined exists on paper only. */
export interface JobInput {
  readonly random: Random;
  readonly number: string;
  readonly workshop: WorkshopIds;
  readonly moment: Moment;
  readonly documents: readonly (StoredBlob | undefined)[];
}

/** The tables of a job, referenced tables first. */
export const jobTables = ['lms.job', 'lms.job_step', 'lms.document', 'lms.invoice', 'lms.invoice_line'];

const hoursPerStep = 9;

/** Adds all rows of one job and returns its events in any order. */
export function addJobRows(buffer: RowBuffer, input: JobInput): LogEvent[] {
  const { random, moment, number } = input;
  const id = random.uuid();
  const customer = random.pick(input.workshop.customers);
  const steps = random.integer(4, stepKinds.length);
  const completion = steps * hoursPerStep;
  buffer.add('lms.job', jobRow(id, customer, completion, input));
  const events: LogEvent[] = [
    { event_type: 'job.received', payload: { job: number, customer }, at: moment.at },
  ];
  for (let position = 0; position < steps; position++) {
    buffer.add('lms.job_step', stepRow(id, position, input));
    const end = (position + 1) * hoursPerStep;
    const isNews = position % 3 === 1 && moment.reached(end);
    if (isNews)
      events.push({ event_type: 'step.finished', payload: { job: number, position }, at: moment.after(end) });
  }
  const documents = input.documents.map((blob) => addDocument(buffer, id, input, blob));
  events.push(...documents.map(({ event }) => event));
  if (moment.reached(completion)) {
    events.push({
      event_type: 'job.delivered',
      payload: { job: number, steps },
      at: moment.after(completion),
    });
    if (random.chance(0.45)) events.push(addInvoice(buffer, { id, customer, completion, documents }, input));
  }
  return events;
}

function jobRow(id: string, customer: string, completion: number, { random, number, moment }: JobInput) {
  const completed = moment.reached(completion);
  const open = moment.reached(hoursPerStep) ? 'in_work' : 'received';
  return {
    id,
    number,
    customer_id: customer,
    status: completed ? random.pick(['delivered', 'delivered', 'delivered', 'finished', 'complaint']) : open,
    teeth: teeth(random),
    specification: {
      restoration: random.pick(restorations),
      material: random.pick(materials),
      shade: random.pick(shades),
      note: random.chance(0.4) ? remark(random) : null,
    },
    received_at: moment.at,
    due_on: moment.day(random.integer(4, 14)),
    completed_at: completed ? moment.after(completion) : null,
  };
}

function stepRow(jobId: string, position: number, { random, workshop, moment }: JobInput) {
  const start = position * hoursPerStep;
  const kind = stepKinds[position];
  const isMachined = kind === 'scan' || kind === 'mill' || kind === 'sinter';
  return {
    job_id: jobId,
    position: position + 1,
    kind,
    technician_id: random.pick(workshop.technicians),
    machine_id: isMachined ? random.pick(workshop.machines) : null,
    batch_id: kind === 'mill' || kind === 'stain' ? random.pick(workshop.batches) : null,
    quantity: kind === 'mill' ? (random.integer(500, 30_000) / 1_000).toFixed(3) : null,
    parameters: isMachined
      ? { programme: random.integer(1, 40), temperature: random.integer(20, 1_500) }
      : null,
    started_at: moment.reached(start) ? moment.after(start) : null,
    finished_at: moment.reached(start + hoursPerStep - 1) ? moment.after(start + hoursPerStep - 1) : null,
  };
}

interface AddedDocument {
  readonly id: string;
  readonly isPaper: boolean;
  readonly event: LogEvent;
}

function addDocument(
  buffer: RowBuffer,
  jobId: string,
  input: JobInput,
  blob: StoredBlob | undefined,
): AddedDocument {
  const { random, moment } = input;
  const id = random.uuid();
  const at = moment.after(random.fraction() * 2);
  const address = blob ? `sha256:${blob.hex}` : null;
  buffer.add('lms.document', {
    id,
    job_id: jobId,
    kind: documentKind(random, blob?.extension),
    title: words(random, 3),
    media_type: blob?.mediaType ?? 'application/pdf',
    content_address: address,
    byte_size: blob?.size ?? null,
    created_at: at,
  });
  const event = { event_type: 'document.added', payload: { job: input.number, document: id, address }, at };
  return { id, isPaper: !blob || blob.extension === 'pdf', event };
}

function documentKind(random: Random, extension: string | undefined): string {
  if (extension === 'png') return 'photo';
  if (extension === 'stl' || extension === 'ply') return 'design';
  return random.pick(['work_sheet', 'invoice', 'certificate']);
}

interface InvoicedJob {
  readonly id: string;
  readonly customer: string;
  readonly completion: number;
  readonly documents: readonly AddedDocument[];
}

function addInvoice(buffer: RowBuffer, job: InvoicedJob, { random, number, moment }: JobInput): LogEvent {
  const id = random.uuid();
  const invoiceNumber = `INV-${number}`;
  const lines = Array.from({ length: random.integer(1, 3) }, () => random.integer(1_500, 60_000));
  const issued = moment.after(job.completion + 1);
  const payment = job.completion + random.integer(24, 700);
  buffer.add('lms.invoice', {
    id,
    number: invoiceNumber,
    customer_id: job.customer,
    document_id: job.documents.find((document) => document.isPaper)?.id ?? null,
    currency: 'EUR',
    net: (lines.reduce((sum, cents) => sum + cents, 0) / 100).toFixed(2),
    vat_rate: 19,
    issued_at: issued,
    paid_at: moment.reached(payment) ? moment.after(payment) : null,
  });
  lines.forEach((cents, index) => {
    const description = `${random.pick(materials)} ${random.pick(restorations)}`;
    const amount = (cents / 100).toFixed(2);
    buffer.add('lms.invoice_line', {
      invoice_id: id,
      position: index + 1,
      job_id: job.id,
      description,
      amount,
    });
  });
  return {
    event_type: 'invoice.issued',
    payload: { invoice: invoiceNumber, lines: lines.length },
    at: issued,
  };
}
