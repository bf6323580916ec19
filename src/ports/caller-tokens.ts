/** The tokens that callers of the API bring. */
import type { Role } from '../contracts/actor.ts';

/** Whom a token speaks for, once it was verified. */
export interface Caller {
  /** The object id in the directory. */
  readonly subject: string;
  readonly tenant: string;
  /** What people call them, made harmless; where the token says so. */
  readonly name?: string | undefined;
  /** Those of the API's roles that the tenant gave; none is possible. */
  readonly roles: readonly Role[];
}

export interface CallerTokens {
  /**
   * The caller of a token that is valid now, in this tenant and for this API. Anything else is a failure `unauthenticated`
   * that says no more of the token than what its holder can read in it; `unavailable` where the issuer's keys cannot be
   * had. There is no way around it.
   */
  verify(token: string): Promise<Caller>;
}
