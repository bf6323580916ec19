/**
 * Signed change records at the edges: where the estate file says they stand and whom to trust, the shape of what is
 * signed, and the summary of a verification as it is stored. A trust anchor comes with the deployment and never from
 * the database that it vouches for; revocation lists are signed themselves and may come from there.
 */
import { z } from 'zod';
import { changeFindingKinds, changeOperations, type ChangePayload } from '../policy/change-records.ts';
import { Failure } from '../policy/failure.ts';
import { columnName, tableName } from './sql-names.ts';
import { instant, shortId } from './values.ts';

const pemSource = z
  .string()
  .regex(/^\s*-----BEGIN [A-Z0-9 ]+-----|^file:(?!.*\.\.)[\w.-]+(?:\/[\w.-]+)*$/, {
    error: 'must be PEM text, or file: and a path relative to the estate file such as file:trust/anchor.pem',
  })
  .meta({ description: 'PEM text, or file: and a path relative to the estate file' });

/** Where a store's signed change records stand, and whom to trust. */
export const changeRecordSource = z.strictObject({
  database: shortId.meta({ description: 'The id of a database of the same region' }),
  table: tableName,
  columns: z.strictObject({
    sequence: columnName.meta({ description: 'A whole number from 1, by which the log is ordered' }),
    record: columnName.meta({ description: 'The compact JWS as text' }),
    object: columnName.optional(),
    operation: columnName.optional(),
    address: columnName.optional(),
    at: columnName.optional().meta({ description: 'A timestamp' }),
    hash: columnName.optional().meta({ description: 'SHA-256 of the record, as bytea or hex' }),
  }),
  trustAnchors: z
    .array(pemSource)
    .min(1)
    .max(16)
    .meta({ description: 'Certificates of the authorities that every signer’s chain must end in' }),
  revocationLists: z
    .union([z.strictObject({ table: tableName, column: columnName }), z.array(pemSource).min(1).max(64)])
    .meta({ description: 'PEM lists of every authority: a column of the same database, or texts' }),
});
export type ChangeRecordSource = z.infer<typeof changeRecordSource>;

/** The source with every `file:` replaced by the text that `read` returns for its path. Throws `bad-estate`. */
export function withPemTexts(source: ChangeRecordSource, read: (path: string) => string): ChangeRecordSource {
  const textOf = (pem: string): string => {
    if (!pem.startsWith('file:')) return pem;
    const text = read(pem.slice('file:'.length));
    if (text.includes('-----BEGIN ')) return text;
    throw new Failure(
      'bad-estate',
      `${pem} of the estate file's change records holds no PEM text`,
      'Put the certificate there as PEM, or correct the path.',
    );
  };
  const { trustAnchors, revocationLists } = source;
  return {
    ...source,
    trustAnchors: trustAnchors.map(textOf),
    revocationLists: Array.isArray(revocationLists) ? revocationLists.map(textOf) : revocationLists,
  };
}

/** What is signed. Members that are not named here are allowed and mean nothing. */
export const changePayload: z.ZodType<ChangePayload> = z
  .object({
    sequence: z.int().positive(),
    object: z.string().min(1).max(256),
    operation: z.enum(changeOperations),
    address: z.string().max(256).nullable(),
    size: z.int().nonnegative(),
    at: z.iso.datetime({ error: 'must be an ISO-8601 instant in UTC' }),
    previous: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable(),
  })
  .refine(({ operation, address }) => (operation === 'delete') === (address === null), {
    error: 'a create or update has an address, a delete has none',
    path: ['address'],
  });

/** Longest chain in a header, and longest certificate in it (base64). */
const longest = { chain: 6, certificate: 8_192 } as const;

/** The header of a record. `alg` and `typ` are judged one by one, so that the finding can say what is wrong. */
export const changeHeader = z.object({
  alg: z.string(),
  typ: z.string().optional(),
  crit: z.never({ error: 'critical header parameters are not supported' }).optional(),
  b64: z.never({ error: 'the payload must be encoded' }).optional(),
  x5c: z
    .array(z.base64().min(1).max(longest.certificate))
    .min(1)
    .max(longest.chain, { error: `a chain has at most ${longest.chain} certificates` })
    .optional(),
});

const count = z.int().nonnegative();
const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

/** How far a log reached when it was verified; what the next verification starts from. */
export const changeLogHead = z.object({
  sequence: z.int().positive(),
  hash: sha256Hex,
  /** Whether every record up to here was proven. */
  clean: z.boolean(),
});
export type ChangeLogHead = z.infer<typeof changeLogHead>;

/** Findings kept of each kind; all are counted. */
export const changeFindingsOfAKind = 20;

export const changeFinding = z.object({
  sequence: z.int().nonnegative(),
  kind: z.enum(changeFindingKinds),
  what: z.string().max(500),
});

/** A revocation list that was given, and whether it can be used. */
export const revocationListState = z.object({
  issuer: z.string().max(200),
  state: z.enum(['usable', 'unused', 'stale', 'not-yet', 'bad-signature', 'unsupported', 'unreadable']),
  thisUpdate: instant.optional(),
  nextUpdate: instant.optional(),
});
export type RevocationListState = z.infer<typeof revocationListState>;

/** The outcome of verifying a log. */
export const changeLogSummary = z.object({
  records: count,
  /** Records with which nothing is wrong. */
  proven: count,
  /** Signatures that were computed; the others stood before an earlier clean head and are bound by its hash. */
  signaturesComputed: count,
  /** Proven records whose signer was revoked after it had signed. */
  revokedLater: count,
  head: changeLogHead.optional(),
  counts: z.partialRecord(z.enum(changeFindingKinds), count),
  findings: z.array(changeFinding),
  /** Distinct addresses by what the log says of them. */
  addresses: z.object({ live: count, unproven: count, withheld: count, deleted: count }),
  revocationLists: z.array(revocationListState),
});
export type ChangeLogSummary = z.infer<typeof changeLogSummary>;

/** How far the reading of a log is: what was judged so far, and the row that it goes on from. */
export const changeLogProgress = z.object({
  /** As of when lists must be fresh and records signed: the same for every portion. */
  at: instant,
  /** Up to which sequence signatures are not computed. */
  boundUntil: count,
  sequence: count,
  hash: sha256Hex.optional(),
  /** The latest signing time of a proven record, epoch milliseconds; null before the first. */
  newestAt: z.number().nullable(),
  /** The sequence of the row that was read last, and how many rows with it were. */
  last: z.int().optional(),
  atLast: count,
  ...{ records: count, proven: count, signaturesComputed: count, revokedLater: count },
  counts: changeLogSummary.shape.counts,
  findings: changeLogSummary.shape.findings,
  revocationLists: changeLogSummary.shape.revocationLists,
  isRead: z.boolean(),
});
export type ChangeLogProgress = z.infer<typeof changeLogProgress>;
