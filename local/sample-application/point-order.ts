/** The body of the hook by which a cutover points a system of the sample estate at a server. */
import { z } from 'zod';

export const pointOrder = z.object({
  schema: z.literal('sample-application/point/v1'),
  system: z.string().min(1),
  host: z.string().min(1),
  port: z.string().regex(/^\d{1,5}$/),
  database: z.string().min(1),
});
export type PointOrder = z.infer<typeof pointOrder>;
