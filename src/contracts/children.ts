/** A part of many children of one kind, by the name of their workflow; and what came of each. */
import { z } from 'zod';

export const childGroupInput = z.object({ child: z.string(), inputs: z.array(z.unknown()) });
export type ChildGroupInput = z.infer<typeof childGroupInput>;
export const childGroupOutput = z.object({ results: z.array(z.unknown()) });
export type ChildGroupOutput = z.infer<typeof childGroupOutput>;
