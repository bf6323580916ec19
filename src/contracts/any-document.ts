/** What every stored document says of itself, whatever it is. */
import { z } from 'zod';

export const anyDocument = z.looseObject({ schema: z.string() });
