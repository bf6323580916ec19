/** Words of the dental trade from which names, notes and documents of the sample are put together. */
import type { Random } from './random.ts';

export const cities = [
  ['Leipzig', 'DE', 'Europe/Berlin'],
  ['Zürich', 'CH', 'Europe/Zurich'],
  ['Kraków', 'PL', 'Europe/Warsaw'],
  ['Århus', 'DK', 'Europe/Copenhagen'],
  ['Lyon', 'FR', 'Europe/Paris'],
  ['Bologna', 'IT', 'Europe/Rome'],
  ['Boston', 'US', 'America/New_York'],
  ['Austin', 'US', 'America/Chicago'],
] as const;

export const restorations = [
  'crown',
  'bridge',
  'inlay',
  'onlay',
  'veneer',
  'denture',
  'implant bar',
  'splint',
] as const;
export const materials = [
  'zirconia',
  'lithium disilicate',
  'cobalt chrome',
  'titanium',
  'PMMA',
  'wax',
  'resin',
] as const;
export const shades = ['A1', 'A2', 'A3', 'A3.5', 'B1', 'B2', 'C1', 'C2', 'D2', 'BL1'] as const;

const sentences = [
  'Please check the margin of the preparation at the distal side.',
  'The scan of the antagonist is incomplete, could you send it again?',
  'Shade taken in daylight, photo attached.',
  'Delivery one day earlier would help us, the patient travels.',
  'Contact points are a little tight, we will adjust them in the mouth.',
  'Thank you, the fit was perfect – Grüße aus der Praxis!',
  'The bite registration differs from the scan by about 0.2 mm.',
  'Design is ready for approval.',
];

const vocabulary =
  'margin scan shade crown occlusion contact implant abutment milling sinter glaze polish model die bite order lab case delivery check'.split(
    ' ',
  );

/** That many words of the trade, plain ASCII. */
export function words(random: Random, count: number): string {
  return Array.from({ length: count }, () => random.pick(vocabulary)).join(' ');
}

/** One or two sentences as clinics and labs write them to each other. */
export function remark(random: Random): string {
  const first = random.pick(sentences);
  return random.chance(0.4) ? `${first} ${random.pick(sentences)}` : first;
}

/** One to four teeth in the FDI notation (11 … 48). */
export function teeth(random: Random): number[] {
  const quadrant = random.integer(1, 4);
  const first = random.integer(1, 8);
  const count = Math.min(random.integer(1, 4), 9 - first);
  return Array.from({ length: count }, (_, index) => quadrant * 10 + first + index);
}
