/** The marks of a content store in the vault: what looks in a row have found without reference, or without content. */
import { z } from 'zod';
import { documentDigest, instant, regionName, shortId } from './values.ts';

/** Packed items in base64; see `policy/content-marks.ts`. */
const packed = z.object({ count: z.int().nonnegative(), items: z.base64(), digest: documentDigest });

export const contentMarksDocument = z.object({
  schema: z.literal('lifeboat/content-marks/v1'),
  system: shortId,
  region: regionName,
  store: shortId,
  /** The last look, and the prune that made it. */
  at: instant,
  prune: z.string(),
  /** Blobs that nothing refers to. */
  unreferenced: packed,
  /** Blobs of which there are earlier versions and no current one. */
  ended: packed,
});
export type ContentMarksDocument = z.infer<typeof contentMarksDocument>;
