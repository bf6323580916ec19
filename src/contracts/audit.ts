/** The audit log: its entries, the signed checkpoints of its chain, and what the API tells of it. */
import { z } from 'zod';
import { auditSchema } from '../policy/audit-chain.ts';
import { checkpointType, type JwsHeader } from '../policy/jws.ts';
import { auditActor } from './audit-actor.ts';
import { unchainedAuditEntry } from './documents.ts';
import { keyId } from './signing.ts';
import { documentDigest, instant, regionName, shortId } from './values.ts';

const scope = { system: shortId, region: regionName };

/** Who does what on what, why, and how it went: what an entry says apart from its place in the chain. */
const said = {
  at: instant,
  actor: auditActor,
  action: z.string().min(1),
  target: z.string(),
  /** An intent stands before the effect, an outcome behind it. */
  stage: z.enum(['intent', 'outcome']),
  reason: z.string().optional(),
  detail: z.record(z.string(), z.unknown()),
  /** Digest of all that but the time: a step that was done twice enters twice the same. */
  step: documentDigest,
};

/** An entry that has no place yet. */
export const auditDraft = z.object(said);
export type AuditDraft = z.infer<typeof auditDraft>;

/** One line of the audit log. */
export const auditEntry = auditDraft.extend({
  schema: z.literal(auditSchema),
  sequence: z.int().positive(),
  /** Digest of the line before; of the first entry, of the log's own name. */
  previous: documentDigest,
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** That the chain up to an entry was looked at and stood like this. */
export const auditCheckpoint = z.strictObject({
  schema: z.literal('lifeboat/audit-checkpoint/v1'),
  ...scope,
  sequence: z.int().positive(),
  /** Of that entry's line. */
  digest: documentDigest,
  at: instant,
  /** Where the line ends: the segment's name, and the bytes of it up to there. */
  segment: z.string().regex(/^\d{12,15}\.jsonl$/),
  bytes: z.int().positive(),
});
export type AuditCheckpoint = z.infer<typeof auditCheckpoint>;

export const checkpointHeader: z.ZodType<JwsHeader<typeof checkpointType>> = z.strictObject({
  alg: z.literal('ES384'),
  iat: z.int().positive().max(253_402_300_799),
  kid: keyId,
  typ: z.literal(checkpointType),
});

/** The files that an audit log consists of, and the folder of each kind in an export. */
export const auditFileKinds = ['segments', 'unchained', 'checkpoints', 'copies', 'keys'] as const;
export type AuditFileKind = (typeof auditFileKinds)[number];

export const auditFile = z.object({
  kind: z.enum(auditFileKinds),
  name: z.string().regex(/^[\w-]+(?:\.[\w-]+)*$/),
  bytes: z.int().nonnegative(),
});
export type AuditFile = z.infer<typeof auditFile>;

/** Every file of the log of a system, as long as it was then; what is exported begins with this. */
export const auditFiles = z.object({
  schema: z.literal('lifeboat/audit-files/v1'),
  ...scope,
  at: instant,
  files: z.array(auditFile),
});
export type AuditFiles = z.infer<typeof auditFiles>;

/** An entry and where it stands. `place` goes into `before` to go on from there. */
const placed = { place: z.string() };
export const listedEntry = z.union([
  auditEntry.extend({ ...placed, chained: z.literal(true) }),
  unchainedAuditEntry.extend({ ...placed, chained: z.literal(false) }),
]);
export type ListedEntry = z.infer<typeof listedEntry>;

/** A page of the log, the newest entry first. */
export const auditResponse = z.object({
  schema: z.literal('lifeboat/audit-page/v1'),
  ...scope,
  entries: z.array(listedEntry),
  /** Lines that are no entries, as far as the page goes. */
  unreadable: z.array(z.string()),
  /** What to ask for to see older ones; a page may be empty and have a next one. */
  next: z.string().optional(),
});
export type AuditResponse = z.infer<typeof auditResponse>;

/** `{segment}:{line}` */
export const auditPlace = z.string().regex(/^[\w-]{1,40}\.jsonl:\d{1,9}$/, {
  error: 'must be the place of an entry such as 000000000001.jsonl:17',
});

/** How many entries a page may have. */
export const auditLimit = z.int().min(1).max(1_000);
/** A subject, or a function of the app. */
export const auditWho = z.string().min(1).max(200);

/** Which page of a log. */
export interface AuditQuery {
  /** At most so many entries. */
  readonly limit: number;
  /** Those before this place. */
  readonly before?: string | undefined;
  readonly since?: string | undefined;
  /** By this subject, or by this function of the app. */
  readonly who?: string | undefined;
}

/** Some bytes of a file. */
export const auditPart = z.object({
  from: z.int().nonnegative(),
  /** The whole file's. */
  total: z.int().nonnegative(),
  data: z.base64(),
});
export type AuditPart = z.infer<typeof auditPart>;
