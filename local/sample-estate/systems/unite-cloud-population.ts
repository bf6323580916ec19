/**
 * Who takes part in Unite Cloud: clinics, laboratories, their members and the pseudonyms of patients.
 * Invariant: every clinic and every laboratory has at least one member, and every clinic at least one patient.
 */
import { Random } from '../random.ts';
import { bytea, type TableRows } from '../rows.ts';
import { scaled } from '../spread.ts';
import type { Timeline } from '../timeline.ts';
import { cities, restorations } from '../vocabulary.ts';
import type { CaseParties } from './unite-cloud-case.ts';

/** The rows of everybody, and a way to draw those who share a case. */
export interface Population {
  readonly tables: readonly TableRows[];
  parties(random: Random): CaseParties;
}

interface Member {
  readonly id: string;
  readonly clinic_id: string | null;
  readonly lab_id: string | null;
}

interface Patient {
  readonly id: string;
  readonly clinic_id: string;
}

/** Draws the population of one region. */
export function populate(random: Random, timeline: Timeline, scale: number): Population {
  const founded = timeline.moment(0).at;
  const clinics = times(scaled(120, scale, 3), (index) => clinicRow(random, index, founded));
  const labs = times(scaled(40, scale, 2), (index) => labRow(random, index, founded, timeline));
  const members = times(scaled(640, scale, 10), (index) => {
    const clinic = index % 4 === 3 ? undefined : clinics[(index - (index >> 2)) % clinics.length];
    const lab = clinic ? undefined : labs[(index >> 2) % labs.length];
    return memberRow(random, clinic?.id ?? null, lab?.id ?? null, founded);
  });
  const patients = times(scaled(3_600, scale, 20), (index) =>
    patientRow(random, clinics[index % clinics.length]?.id ?? '', index, timeline),
  );
  const tables = [
    { table: 'unite.clinic', rows: clinics },
    { table: 'unite.lab', rows: labs },
    { table: 'unite.member', rows: members },
    { table: 'unite.patient', rows: patients },
  ];
  return { tables, parties: drawParties(patients, labs, members) };
}

function drawParties(
  patients: readonly Patient[],
  labs: readonly { id: string }[],
  members: readonly Member[],
) {
  const byHome = Map.groupBy(members, (member) => member.clinic_id ?? member.lab_id ?? '');
  return (random: Random): CaseParties => {
    const patient = random.pick(patients);
    const lab = random.pick(labs);
    return {
      patientId: patient.id,
      clinicId: patient.clinic_id,
      labId: lab.id,
      dentistId: random.pick(byHome.get(patient.clinic_id) ?? []).id,
      technicianId: random.pick(byHome.get(lab.id) ?? []).id,
    };
  };
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function clinicRow(random: Random, index: number, createdAt: string) {
  const [city, country, timeZone] = random.pick(cities);
  return {
    id: random.uuid(),
    code: `CL${String(index + 1).padStart(5, '0')}`,
    name: `Dental clinic ${city} ${index + 1}`,
    country,
    time_zone: timeZone,
    address: {
      city,
      street: `Street ${random.integer(1, 300)}`,
      postcode: String(random.integer(10_000, 99_999)),
    },
    active: random.chance(0.97),
    created_at: createdAt,
  };
}

function labRow(random: Random, index: number, createdAt: string, timeline: Timeline) {
  const [city, country] = random.pick(cities);
  return {
    id: random.uuid(),
    code: `LB${String(index + 1).padStart(5, '0')}`,
    name: `Laboratory ${city} ${index + 1}`,
    country,
    capabilities: random.shuffle(restorations).slice(0, random.integer(2, 6)),
    certified_until: random.chance(0.9) ? timeline.moment(1).day(random.integer(30, 900)) : null,
    created_at: createdAt,
  };
}

function memberRow(random: Random, clinicId: string | null, labId: string | null, createdAt: string) {
  return {
    id: random.uuid(),
    clinic_id: clinicId,
    lab_id: labId,
    display_name: `Member ${random.bytes(4).toString('hex')}`,
    role: clinicId
      ? random.pick(['dentist', 'dentist', 'assistant'])
      : random.pick(['technician', 'administrator']),
    email_hash: bytea(random.bytes(32)),
    created_at: createdAt,
  };
}

function patientRow(random: Random, clinicId: string, index: number, timeline: Timeline) {
  const moment = timeline.moment(0);
  return {
    id: random.uuid(),
    clinic_id: clinicId,
    pseudonym: `P-${String(index).padStart(6, '0')}-${random.bytes(3).toString('hex')}`,
    birth_year: random.integer(1932, 2018),
    sex: random.pick(['female', 'male', 'female', 'male', 'diverse', 'unknown']),
    identity_hash: bytea(random.bytes(32)),
    consent: {
      treatment: true,
      research: random.chance(0.3),
      given: moment.at,
      version: random.integer(3, 5),
    },
    created_at: moment.at,
  };
}
