/** The audit log: its entries, the signed checkpoints of its chain, and what the API tells of it. */
import { z } from 'zod';
import { auditSchema } from '../policy/audit-chain.ts';
import { checkpointType, type JwsHeader } from '../policy/jws.ts';
import { auditActor } from './audit-actor.ts';
import { unchainedAuditEntry } from './documents.ts';
import { keyId } from './signing.ts';
import { documentDigest, instant, regionName, shortId } from './values.ts';

const scope = { system: shortId, region: regionName };

/**
 * What an intent came to. `begun`: somebody else is at work on it; `refused`: it was found not to be allowed; `unknown`:
 * whoever was to do it got no answer. The newest outcome of an intent counts.
 */
export const auditResult = z.enum(['done', 'begun', 'refused', 'failed', 'unknown']);
export type AuditResult = z.infer<typeof auditResult>;

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
  /** Of an outcome: the number of the intent whose outcome it is, and what it came to. */
  intent: z.int().positive().optional(),
  result: auditResult.optional(),
  /** Digest of all that but time and numbers: a step that was done twice enters twice the same. */
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

/** What the newest outcome of an intent says, and its number. */
export const auditOutcomeView = z.object({
  sequence: z.int().positive(),
  at: instant,
  result: auditResult.optional(),
  detail: z.record(z.string(), z.unknown()),
});
export type AuditOutcomeView = z.infer<typeof auditOutcomeView>;

/** An entry and where it stands. */
const placed = { place: z.string() };
export const listedEntry = z.union([
  auditEntry.extend({
    ...placed,
    chained: z.literal(true),
    /** Of an intent: its outcome; left out where none stands in the log. */
    outcome: auditOutcomeView.optional(),
  }),
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
  /** Where an old page did not look for outcomes to the end of the log: the last entry that it looked at for them. */
  outcomesThrough: z.int().positive().optional(),
  /** Where older ones are; a page may be empty and have a next one. */
  continuation: z.string().optional(),
});
export type AuditResponse = z.infer<typeof auditResponse>;

/** `{segment}:{line}` */
export const auditPlace = z.string().regex(/^[\w-]{1,40}\.jsonl:\d{1,9}$/);

/** How many entries a page may have. */
export const auditLimit = z.int().min(1).max(1_000);
/** A subject, or a function of the app. */
export const auditWho = z.string().min(1).max(200);

/** Which page of a log. */
export interface AuditQuery {
  /** At most so many entries. */
  readonly limit: number;
  /** Those behind the page before, by the word that it ended with. */
  readonly continuation?: string | undefined;
  readonly since?: string | undefined;
  /** By this subject, or by this function of the app. */
  readonly who?: string | undefined;
}

/** What a document that a caller's action writes says of who wrote it. */
export const auditTrace = z.looseObject({
  by: z.string().optional(),
  decision: z.string().optional(),
  released: z.looseObject({ by: z.string() }).optional(),
  finished: z.unknown().optional(),
});
export type AuditTrace = z.infer<typeof auditTrace>;

/** Some bytes of a file. */
export const auditPart = z.object({
  from: z.int().nonnegative(),
  /** The whole file's. */
  total: z.int().nonnegative(),
  data: z.base64(),
});
export type AuditPart = z.infer<typeof auditPart>;
