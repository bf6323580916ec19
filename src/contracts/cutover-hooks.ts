/**
 * What the estate file says of cutovers: the hooks that point a system at what was restored, each with its way back. A
 * hook speaks to a host or a database that the file names, and to nothing else.
 */
import { z } from 'zod';
import { placeholders, problemOfHookAddress, textsIn, unknownPlaceholders } from '../policy/cutover-hooks.ts';
import { secondsOf } from '../policy/objectives.ts';
import { duration, shortId } from './values.ts';

const mostSeconds = 240;

const knownNames = (texts: readonly string[], context: z.RefinementCtx): void => {
  for (const name of texts.flatMap(unknownPlaceholders))
    context.addIssue({
      code: 'custom',
      message: `{${name}} stands for nothing; use one of: ${placeholders.map((one) => `{${one}}`).join(' ')}`,
    });
};

const address = z
  .string()
  .max(2_000)
  .superRefine((text, context) => {
    const problem = problemOfHookAddress(text);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    knownNames([text], context);
  });

/** A way back that is left out is told as that. */
const wayBack = {
  error: ({ input }: { readonly input?: unknown }): string | undefined =>
    input === undefined ? 'must say the way back: a hook without one is none' : undefined,
};

const httpShape = {
  method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']).default('POST'),
  url: address.meta({ description: 'Placeholders may stand in its path and query' }),
  body: z
    .json()
    .superRefine((body, context) => knownNames(textsIn(body), context))
    .optional()
    .meta({ description: 'JSON; placeholders may stand in its texts' }),
  statuses: z
    .array(z.int().min(200).max(399))
    .min(1)
    .default([200, 201, 202, 204])
    .meta({ description: 'The statuses that say that it was done' }),
  timeout: duration
    .default('PT30S')
    .refine((text) => secondsOf(text) <= mostSeconds, { error: `must be at most ${mostSeconds} seconds` }),
  authentication: z
    .strictObject({ scope: z.string().min(1).max(300) })
    .optional()
    .meta({ description: 'A token of the app’s own identity for this scope goes with it' }),
};
const httpCall = z.strictObject(httpShape);
export type HttpCall = z.infer<typeof httpCall>;

const statement = z.string().trim().min(1).max(10_000);
const id = shortId.meta({ description: 'What the hook is called' });
const database = shortId.meta({
  description: 'The id of a database of the region: a restore without it goes over without the hook',
});

const httpHook = z.strictObject({
  ...{ id, database, kind: z.literal('http') },
  over: httpCall,
  back: z.strictObject(httpShape, wayBack),
});
const sqlHook = z.strictObject({
  ...{ id, database, kind: z.literal('sql') },
  on: z
    .enum(['restored', 'source'])
    .meta({ description: 'The new server, or the one that was restored from' }),
  over: statement.meta({ description: 'A statement that may be run twice' }),
  back: z.string(wayBack).trim().min(1).max(10_000),
});

export const cutoverHooks = z
  .array(z.discriminatedUnion('kind', [httpHook, sqlHook]))
  .min(1)
  .max(20)
  .superRefine((hooks, context) => {
    const known = new Set<string>();
    for (const [index, { id: name }] of hooks.entries())
      if (known.has(name))
        context.addIssue({ code: 'custom', path: [index, 'id'], message: 'is used twice' });
      else known.add(name);
  })
  .meta({
    description: 'What a cutover to a restored server does, one after the other, and how it is taken back',
  });
export type CutoverHook = z.infer<typeof cutoverHooks>[number];
