/**
 * What makes a request allowed: a header, a query, or both, from a source outside of the engine. Tokens are fetched on
 * the main thread and used until shortly before they expire, or until the service refuses one.
 */
import { Failure } from '../policy/failure.ts';
import type { Clock } from '../ports/clock.ts';

/** What is added to a request. */
export interface Authorization {
  /** The value of the Authorization header. */
  readonly header?: string;
  /** A shared access signature, without a question mark. */
  readonly query?: string;
  /** For how long it can be used; undefined: for good. */
  readonly usableSeconds?: number;
}

export interface AuthorizationRequest {
  /** The account's URL. */
  readonly account: string;
  /** The last one was refused: one from a cache will not do. */
  readonly isRefused: boolean;
  /** The claims that the service's refusal demands (continuous access evaluation). */
  readonly claims?: string;
}

/** Where authorizations come from; throws a Failure if there is none to be had. */
export type AuthorizationSource = (request: AuthorizationRequest) => Promise<Authorization>;

/** The part of a `TokenCredential` that is used. */
export interface TokenSource {
  getToken(
    scopes: string,
    options?: { claims?: string },
  ): Promise<{ token: string; expiresOnTimestamp: number } | null>;
}

const storageScope = 'https://storage.azure.com/.default';
/** A token is replaced so long before its end, so that no request is on its way with an expired one. */
const marginSeconds = 300;

/** Bearer tokens of a credential; never for an account without TLS. */
export function bearerAuthorization(credential: TokenSource, clock: Clock): AuthorizationSource {
  return async ({ account, claims }) => {
    if (!account.startsWith('https:'))
      throw new Failure(
        'refused',
        `a token is never sent to ${account}: the connection would not be encrypted`,
        'Name the storage account with https:// in the estate file.',
      );
    const token = await fetchToken(credential, claims);
    const seconds = Math.floor((token.expiresOnTimestamp - clock.now().toMillis()) / 1000);
    // A short-lived token is used for the first half of its life at least, not fetched for each request.
    const usableSeconds = Math.max(seconds - marginSeconds, Math.floor(seconds / 2), 1);
    return { header: `Bearer ${token.token}`, usableSeconds };
  };
}

async function fetchToken(
  credential: TokenSource,
  claims: string | undefined,
): Promise<{ token: string; expiresOnTimestamp: number }> {
  const hint = "Look at the deployment's identity; without a token no blob can be read.";
  try {
    const token = await credential.getToken(storageScope, claims === undefined ? {} : { claims });
    if (token !== null) return token;
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
    const said = thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : String(thrown);
    throw new Failure('unavailable', `no token for storage: ${said.slice(0, 400)}`, hint, { cause: thrown });
  }
  throw new Failure('access-denied', 'the identity has no token for storage', hint);
}
