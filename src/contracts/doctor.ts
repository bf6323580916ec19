/**
 * What `lifeboat doctor` is told: one line for each thing that was looked at, its state, and what to do where it is not
 * well. The app answers with its lines; the command adds those that only it can see.
 */
import { z } from 'zod';
import { instant, regionName, shortId } from './values.ts';

export const doctorLine = z.object({
  /** The system that it is about; left out of what the whole region stands on. */
  system: shortId.optional(),
  /** What was looked at, with the name of the part where there may be several. */
  id: z.string(),
  state: z.enum(['ok', 'warning', 'failed']),
  detail: z.string(),
  /** What to do; left out where all is well. */
  next: z.string().optional(),
  milliseconds: z.int().nonnegative(),
});
export type DoctorLine = z.infer<typeof doctorLine>;

export const doctorResponse = z.object({
  schema: z.literal('lifeboat/doctor/v1'),
  region: regionName,
  at: instant,
  softwareVersion: z.string(),
  lines: z.array(doctorLine),
});
export type DoctorResponse = z.infer<typeof doctorResponse>;
