/**
 * The smoke check of a drill: an application of the operator's is pointed at the restored servers, and must answer as it
 * should. Every address stands in the estate file; requests cannot lead to another host than the application's own.
 */
import { z } from 'zod';
import { secondsOf } from '../policy/objectives.ts';
import { duration, instant, regionName, shortId } from './values.ts';

/** The restored servers stand, and cost, meanwhile. */
const mostReadySeconds = 3_600;

const problemOfUrl = (text: string): string | undefined => {
  const url = URL.parse(text);
  if (url?.protocol !== 'https:') return 'must be an https:// URL';
  if (url.username !== '' || url.password !== '') return 'must hold no user and no password';
  return url.hash === '' && url.search === '' ? undefined : 'must hold no query and no fragment';
};

const address = z.string().superRefine((text, context) => {
  const problem = problemOfUrl(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

const path = z
  .string()
  .max(500)
  .regex(/^\/(?![/\\])[\x21-\x7e]*$/, {
    error: 'must be a path such as /health, beginning with one "/" and without blanks',
  });

const request = z.strictObject({
  name: z.string().min(1).max(100),
  path,
  status: z.int().min(100).max(599).default(200),
  contains: z.string().min(1).max(500).optional().meta({ description: 'Text that the body must contain' }),
  json: z
    .strictObject({
      pointer: z
        .string()
        .regex(/^(\/([^~/]|~[01])*)*$/, { error: 'must be a JSON pointer (RFC 6901) such as /jobs/0/state' }),
      equals: z.union([z.string(), z.number(), z.boolean(), z.null()]),
    })
    .optional()
    .meta({ description: 'A value of the body, which is JSON then' }),
});
export type SmokeRequest = z.infer<typeof request>;

/** What the estate file says of it. */
export const smokeSetting = z.strictObject({
  start: address.meta({
    description: 'POST: point the application at the restored servers, whose addresses are in the body',
  }),
  stop: address.meta({ description: 'POST: the application is needed no more' }),
  application: address.meta({ description: 'Where the application answers' }),
  ready: path.default('/').meta({ description: 'Asked until it answers 200' }),
  readyWithin: duration
    .default('PT5M')
    .refine((text) => secondsOf(text) <= mostReadySeconds, { error: 'must be at most an hour' })
    .meta({ description: 'An application that is not ready by then has failed, if it answers at all' }),
  requests: z.array(request).min(1).max(20),
});
export type SmokeSetting = z.infer<typeof smokeSetting>;

/** The body of the start hook: where the restored servers are, and no secret; who signs in is the application's business. */
export const smokeStart = z.object({
  schema: z.literal('lifeboat/smoke-start/v1'),
  /** The drill: a hook that hears the same twice has one application to start. */
  run: z.string(),
  system: shortId,
  region: regionName,
  databases: z.array(
    z.object({ database: shortId, host: z.string(), port: z.int(), name: z.string(), instant }),
  ),
  /** By then the servers are gone, whether the stop hook was heard or not. */
  until: instant,
});
export type SmokeStart = z.infer<typeof smokeStart>;

/** The body of the stop hook. */
export const smokeStop = z.object({
  schema: z.literal('lifeboat/smoke-stop/v1'),
  run: z.string(),
  system: shortId,
  region: regionName,
});

/** How far the check came: the hook was heard, and until when the application may take to be ready. */
export const smokeState = z.object({ deadline: instant.optional() });
export type SmokeState = z.infer<typeof smokeState>;
