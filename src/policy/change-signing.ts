/**
 * Whether a chain of certificates entitled its device to sign when it signed. The signer states the time itself, so the
 * end of validity and revocation are judged by the later of that time and the time that the log had reached: a device
 * whose certificate has expired or was revoked cannot go on by dating its records back.
 */
import type { ChangeProblem } from './change-records.ts';

/** A chain that ends in a trust anchor; instants in epoch milliseconds, over all its certificates. */
export interface ChainFacts {
  readonly notBefore: number;
  readonly notAfter: number;
  /** The earliest revocation among its certificates, as far as usable lists say. */
  readonly revokedAt: number | undefined;
  /** Why it cannot be known whether a certificate was revoked; undefined when every list was there and fresh. */
  readonly revocationDoubt: string | undefined;
}

/** Judges a signature made at `at`; `floor` is the time that the log had reached before it. */
export function judgeSigning(
  chain: ChainFacts,
  at: number,
  floor: number,
): { readonly problem: ChangeProblem | undefined; readonly isRevokedLater: boolean } {
  const latest = Math.max(at, floor);
  const behind = floor > at ? `, behind records signed until ${iso(floor)}` : '';
  const judged = (kind: ChangeProblem['kind'], what: string) => ({
    problem: { kind, what: `${what}${behind}` },
    isRevokedLater: false,
  });
  if (chain.revokedAt !== undefined && chain.revokedAt <= latest)
    return judged('revoked', `signed at ${iso(at)}; its certificate is revoked from ${iso(chain.revokedAt)}`);
  if (at < chain.notBefore || latest > chain.notAfter)
    return judged(
      'expired-at-signing',
      `signed at ${iso(at)}; its certificates are valid from ${iso(chain.notBefore)} to ${iso(chain.notAfter)}`,
    );
  if (chain.revocationDoubt !== undefined)
    return { problem: { kind: 'revocation-unknown', what: chain.revocationDoubt }, isRevokedLater: false };
  return { problem: undefined, isRevokedLater: chain.revokedAt !== undefined };
}

const iso = (instant: number): string => new Date(instant).toISOString();
