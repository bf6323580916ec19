/**
 * What is known of the keys that sign reports: stored beside the reports, so that they can be verified when the key
 * vault is gone or its key was rotated long ago.
 */
import { z } from 'zod';
import { reportType, type ReportHeader } from '../policy/jws.ts';
import { instant } from './values.ts';

const base64url = /^[A-Za-z0-9_-]+$/;

/** A public key of the curve P-384, as a JSON Web Key without anything else. */
export const publicKey = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-384'),
  x: z.string().length(64).regex(base64url),
  y: z.string().length(64).regex(base64url),
});
export type PublicKey = z.infer<typeof publicKey>;

/** The id of a key: the RFC 7638 thumbprint of its public half, so that no other key can have it. */
export const keyId = z.string().length(43).regex(base64url);

/** The protected header of a signed report. */
export const reportHeader: z.ZodType<ReportHeader> = z.strictObject({
  alg: z.literal('ES384'),
  iat: z.int().positive().max(253_402_300_799),
  kid: keyId,
  typ: z.literal(reportType),
});

/** One version of the signing key. */
export const signingKey = z.object({
  keyId,
  /** Its address in the key vault, with the version. */
  source: z.url({ protocol: /^https$/ }),
  jwk: publicKey,
  createdAt: instant,
  notBefore: instant.optional(),
  expiresAt: instant.optional(),
});
export type SigningKey = z.infer<typeof signingKey>;

/** A key that signed a report: written once, before its first signature. */
export const signingKeyDocument = signingKey.extend({ schema: z.literal('lifeboat/signing-key/v1') });
export type SigningKeyDocument = z.infer<typeof signingKeyDocument>;

/** A key as it is handed out: with what is known of its end. */
export const signingKeyFile = signingKeyDocument.extend({
  withdrawn: z.object({ at: instant, because: z.string() }).optional(),
});
export type SigningKeyFile = z.infer<typeof signingKeyFile>;

/** That a key signs no more, as it was first noticed, or as a person says it: from `at` on nothing of it counts. */
export const keyWithdrawal = z.object({
  schema: z.literal('lifeboat/key-withdrawal/v1'),
  keyId,
  at: instant,
  because: z.string(),
});
export type KeyWithdrawal = z.infer<typeof keyWithdrawal>;
