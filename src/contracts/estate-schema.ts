/** The JSON Schema of the estate file, for editors: completion and errors while typing. */
import { z } from 'zod';
import { estateSchema } from './estate.ts';

/** JSON Schema (draft 2020-12) of `estate.yaml`. */
export function estateJsonSchema(): Record<string, unknown> {
  return { title: 'Lifeboat estate', ...z.toJSONSchema(estateSchema, { io: 'input' }) };
}
