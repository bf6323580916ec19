/**
 * The public keys of the token issuer, found by its OpenID configuration: kept for an hour, looked for anew when a token
 * names one that is not among them, but at most each half minute; and after a failed look not for some seconds, so that
 * nobody's tokens can make the app ask again and again.
 */
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTVerifyGetKey,
} from 'jose';
import { openIdConfiguration } from '../contracts/access-token.ts';
import { Failure } from '../policy/failure.ts';
import type { Clock } from '../ports/clock.ts';

const keptMilliseconds = 3_600_000;
const coolDownMilliseconds = 30_000;
const pauseAfterFailureMilliseconds = 5_000;
const timeoutMilliseconds = 5_000;

/** Gives the key that a token names. Throws `unavailable` where the issuer cannot be asked, or is not who it should be. */
export function issuerKeys(issuer: string, clock: Clock, fetchImpl: typeof fetch = fetch): JWTVerifyGetKey {
  let failedAt: number | undefined;
  const look: FetchImplementation = async (url, options) => {
    if (failedAt !== undefined && clock.monotonicMilliseconds() - failedAt < pauseAfterFailureMilliseconds)
      throw new Error('it did not answer a moment ago');
    try {
      const found = await fetchImpl(await keysUrl(issuer, url, options, fetchImpl), options);
      failedAt = undefined;
      return found;
    } catch (error) {
      failedAt = clock.monotonicMilliseconds();
      throw error;
    }
  };
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/openid-configuration`), {
    ...{ cacheMaxAge: keptMilliseconds, cooldownDuration: coolDownMilliseconds },
    ...{ timeoutDuration: timeoutMilliseconds, [customFetch]: look },
  });
  return async (header, token) => {
    // Without a name the only key there is would do.
    if (header.kid === undefined) throw new errors.JWKSNoMatchingKey();
    try {
      return await keys(header, token);
    } catch (error) {
      if (isAboutTheToken(error)) throw error;
      throw unavailable(issuer, error);
    }
  };
}

const isAboutTheToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;

/** Where the keys are: at the issuer's own host, as its configuration says. */
async function keysUrl(
  issuer: string,
  configuration: string,
  options: Parameters<FetchImplementation>[1],
  fetchImpl: typeof fetch,
): Promise<string> {
  const response = await fetchImpl(configuration, options);
  const said = openIdConfiguration.parse(response.status === 200 ? await response.json() : undefined);
  if (said.issuer !== issuer) throw new Error('it calls itself by another name');
  if (new URL(said.jwks_uri).origin !== new URL(issuer).origin)
    throw new Error('its keys are at another host');
  return said.jwks_uri;
}

function unavailable(issuer: string, cause: unknown): Failure {
  return new Failure(
    'unavailable',
    `the keys of ${new URL(issuer).origin}, which tokens are verified with, cannot be had`,
    'Nobody is let in meanwhile. Try again in a minute; compare LIFEBOAT_API_AUTHORITY and LIFEBOAT_API_TENANT.',
    { cause },
  );
}
