/**
 * Earlier content, for samples and tests: a version of a blob as if it had been written some time ago. It holds what
 * stands there now.
 */
import { z } from 'zod';
import type { History } from './history.ts';
import type { KeptContent } from './kept-content.ts';

/** Which blob, and how long ago it had that content. */
export const earlierOrder = z.object({
  account: z.string(),
  container: z.string(),
  name: z.string().min(1),
  agoSeconds: z.number().positive(),
});

/** Adds the version; throws in words if there is no such blob. */
export type AddEarlier = (order: z.infer<typeof earlierOrder>) => Promise<void>;

export const earlierContent =
  (history: History, kept: KeptContent): AddEarlier =>
  async ({ agoSeconds, ...blob }) => {
    const copy = await kept.keep(blob);
    if (copy === undefined) throw new Error(`there is no ${blob.name} in ${blob.account}/${blob.container}`);
    history.addEarlier(blob, agoSeconds, copy);
  };
