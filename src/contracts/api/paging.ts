/** Lists that come in pages. */
import { z } from 'zod';

/** Where the next page begins; left out on the last one. */
export const continuation = z.string().optional();
