/** How far each check came that is done in portions: what one portion of it hands on to the next. */
import { z } from 'zod';

const count = z.int().nonnegative();

/** What was kept of the findings, and how many there are. */
export const keptFindings = z.object({ kept: z.array(z.string()), count });
export type KeptFindings = z.infer<typeof keptFindings>;

/** Of an event log: how far it was read. */
export const eventsState = z.object({
  log: z.object({
    events: count,
    first: z.int().optional(),
    last: z.object({ sequence: z.int(), hash: z.string().nullish() }).optional(),
    newestAt: z.string().optional(),
  }),
  /** Events of the last sequence that were read: the next portion begins behind them. */
  atLast: count,
  findings: keptFindings,
});
export type EventsState = z.infer<typeof eventsState>;
