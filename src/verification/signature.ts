/**
 * Verifies the signature of a report: a strict compact JWS, ES384 and nothing else, by one of the trusted keys, at a time
 * at which that key was valid. The algorithm is never taken from the signature itself.
 */
import { compactVerify, importJWK } from 'jose';
import { DateTime, Duration } from 'luxon';
import { reportHeader, type PublicKey, type SigningKeyFile } from '../contracts/signing.ts';
import { instantOf, isoOf } from '../contracts/values.ts';
import { canonicalJson } from '../policy/canonical-json.ts';
import { parseCompactJws, type CompactJws, type ReportHeader } from '../policy/jws.ts';
import { thumbprintOf } from '../policy/signing-keys.ts';
import type { Findings } from './findings.ts';

/** Clocks of the app and of the key vault may be apart by so much. */
const toleratedSeconds = 300;
const lateAfterSeconds = 3_600;
const signatureBytes = 96;

/** A key that the signature may be by, with what is known of its validity: nothing, of a bare public key. */
export interface TrustedKey {
  readonly jwk: PublicKey;
  readonly file: string;
  readonly about: SigningKeyFile | undefined;
}

/** A JWS whose signature holds, and the key that it is by. */
export interface Signed {
  readonly payload: string;
  readonly signedAt: DateTime;
  readonly key: TrustedKey;
}

/** Takes a JWS apart and checks its form; undefined with a problem if it is not one of a report. */
export function readJws(
  text: string,
  findings: Findings,
): { jws: CompactJws; header: ReportHeader } | undefined {
  const jws = parseCompactJws(text);
  if (typeof jws === 'string') {
    findings.wrong('not-a-jws', jws);
    return undefined;
  }
  const read = reportHeader.safeParse(jws.header);
  if (!read.success) {
    const [issue] = read.error.issues;
    findings.wrong('header', `${issue?.path.join('.') || 'it'}: ${issue?.message}`);
    return undefined;
  }
  if (canonicalJson(jws.header) === jws.headerText) return { jws, header: read.data };
  findings.wrong('header', 'it is not written as canonical JSON');
  return undefined;
}

/** Verifies the signature by the trusted key that the header names; undefined with a problem if it does not hold. */
export async function verifySignature(
  text: string,
  keys: readonly TrustedKey[],
  findings: Findings,
): Promise<Signed | undefined> {
  const read = readJws(text, findings);
  if (read === undefined) return undefined;
  const { kid, iat } = read.header;
  const key = keys.find(({ jwk }) => thumbprintOf(jwk) === kid);
  if (key === undefined) {
    const trusted = keys.map(({ jwk }) => thumbprintOf(jwk)).join(', ');
    if (keys.length === 0)
      findings.wrong('no-key', `it is signed by key ${kid}, and no key file was given or lies beside it`);
    else findings.wrong('untrusted-key', `it is signed by key ${kid}, not by ${trusted}`);
    return undefined;
  }
  const holds = read.jws.signature.length === signatureBytes && (await isSignedBy(text, key.jwk));
  const detail = `it is no signature of this content by key ${kid}`;
  if (!findings.must(holds, `signature (ES384) by key ${kid}`, 'signature', detail)) return undefined;
  return { payload: read.jws.payload, signedAt: DateTime.fromSeconds(iat, { zone: 'utc' }), key };
}

async function isSignedBy(text: string, jwk: PublicKey): Promise<boolean> {
  try {
    await compactVerify(text, await importJWK({ ...jwk }, 'ES384'), { algorithms: ['ES384'] });
    return true;
  } catch {
    return false; // Whatever jose objects to, it is no signature by that key.
  }
}

/** Checks that the key was valid when the report was signed and finalized, and that it was not withdrawn by then. */
export function checkKeyTime({ key, signedAt }: Signed, finalizedAt: DateTime, findings: Findings): void {
  const tolerance = Duration.fromObject({ seconds: toleratedSeconds });
  findings.must(
    signedAt.plus(tolerance) >= finalizedAt,
    'signed after it was finalized',
    'signed-too-early',
    `it was signed at ${isoOf(signedAt)}, before it was finalized at ${isoOf(finalizedAt)}`,
  );
  const late = signedAt.diff(finalizedAt).as('seconds');
  if (late > lateAfterSeconds)
    findings.note(
      `It was signed ${Math.round(late / 60)} min after it was finalized, at ${isoOf(signedAt)}.`,
    );
  if (key.about === undefined)
    return findings.note('The key was given without its validity: whether it was valid then is not known.');
  const from = instantOf(key.about.notBefore ?? key.about.createdAt);
  const until = key.about.expiresAt === undefined ? undefined : instantOf(key.about.expiresAt);
  const isValid = signedAt.plus(tolerance) >= from && (until === undefined || signedAt < until);
  const span = `from ${isoOf(from)}${until === undefined ? '' : ` until ${isoOf(until)}`}`;
  findings.must(
    isValid,
    `the key was valid when it signed (${span})`,
    'key-not-valid',
    `it was signed at ${isoOf(signedAt)}, and the key is valid ${span}`,
  );
  if (finalizedAt.plus(tolerance) < from)
    findings.note('The key is newer than the report: it was signed later, after a rotation.');
  checkWithdrawal(key.about, signedAt, findings);
}

/** Why a key may not have signed at that time; undefined if it may. Nothing is known against a bare public key. */
export function objectionToKeyTime({ jwk, about }: TrustedKey, signedAt: DateTime): string | undefined {
  if (about === undefined) return undefined;
  const from = instantOf(about.notBefore ?? about.createdAt);
  const name = thumbprintOf(jwk);
  if (signedAt.plus({ seconds: toleratedSeconds }) < from)
    return `it was signed at ${isoOf(signedAt)}, and ${name} is valid from ${isoOf(from)}`;
  if (about.expiresAt !== undefined && signedAt >= instantOf(about.expiresAt))
    return `it was signed at ${isoOf(signedAt)}, and ${name} was valid until ${about.expiresAt}`;
  if (about.withdrawn !== undefined && signedAt >= instantOf(about.withdrawn.at))
    return `it was signed at ${isoOf(signedAt)}, and ${name} was withdrawn at ${about.withdrawn.at}: ${about.withdrawn.because}`;
  return undefined;
}

function checkWithdrawal({ withdrawn }: SigningKeyFile, signedAt: DateTime, findings: Findings): void {
  if (withdrawn === undefined) return;
  const told = `the key was withdrawn on ${withdrawn.at}: ${withdrawn.because}`;
  if (signedAt >= instantOf(withdrawn.at))
    return findings.wrong('key-withdrawn', `${told}; it signed at ${isoOf(signedAt)}`);
  findings.note(
    `Signed before ${told}. The time of signing is what the signer says: if the key was stolen, hold the report against the vault's copy.`,
  );
}
