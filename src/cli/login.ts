/**
 * Signing in: as an identity that the profile brings, or as whoever Azure knows on this machine (environment, workload
 * identity, managed identity, `az login` …). A token is kept in memory until shortly before it expires, and never written
 * anywhere.
 */
import {
  AuthenticationRequiredError,
  ClientSecretCredential,
  CredentialUnavailableError,
  DefaultAzureCredential,
  type TokenCredential,
} from '@azure/identity';
import type { Login } from '../contracts/profile.ts';
import { Failure } from '../policy/failure.ts';
import { trustedAuthorities } from './transport.ts';

/** Gives the bearer token for a request. */
export type TokenSource = () => Promise<string>;

export interface LoginOptions {
  /** The name of an identity in the profile: `--as`. */
  readonly as?: string | undefined;
  /** A certificate authority (PEM) to trust beside the usual ones. */
  readonly ca?: string | undefined;
  readonly now: () => number;
}

const renewedBeforeMilliseconds = 300_000;

/** The source of tokens for a profile; throws `bad-input` if it has no identity of that name. */
export function tokenSource(login: Login, { as, ca, now }: LoginOptions): TokenSource {
  const credential = credentialOf(login, as, ca);
  let current: { readonly token: string; readonly expiresOnTimestamp: number } | undefined;
  return async () => {
    if (current === undefined || current.expiresOnTimestamp - now() < renewedBeforeMilliseconds)
      current = await signIn(credential, login);
    return current.token;
  };
}

function credentialOf(login: Login, as: string | undefined, ca: string | undefined): TokenCredential {
  const { tenant, authority, identities = {} } = login;
  const name = as ?? login.as;
  const host = authority === undefined ? {} : { authorityHost: authority, disableInstanceDiscovery: true };
  if (name === undefined) return new DefaultAzureCredential({ tenantId: tenant, ...host });
  const identity = Object.hasOwn(identities, name) ? identities[name] : undefined;
  if (identity === undefined) throw unknownIdentity(name, Object.keys(identities));
  const trust = ca === undefined ? {} : { tlsOptions: { ca: [...trustedAuthorities(), ca].join('\n') } };
  return new ClientSecretCredential(tenant, identity.clientId, identity.secret, { ...host, ...trust });
}

function unknownIdentity(name: string, known: readonly string[]): Failure {
  return new Failure(
    'bad-input',
    `The profile has no identity "${name}".`,
    known.length === 0
      ? 'It brings none: sign in to Azure as somebody with that role, for example with "az login".'
      : `Name one of: ${known.join(', ')}.`,
  );
}

async function signIn(
  credential: TokenCredential,
  { scope, tenant }: Login,
): Promise<{ readonly token: string; readonly expiresOnTimestamp: number }> {
  try {
    const token = await credential.getToken(scope);
    if (token !== null) return token;
  } catch (cause) {
    throw signInFailure(cause, tenant);
  }
  throw signInFailure(undefined, tenant);
}

const unreachable =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|network_error|endpoints_resolution/;

function signInFailure(cause: unknown, tenant: string): Failure {
  const said = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : 'there is no token';
  if (unreachable.test(said))
    return new Failure(
      'unavailable',
      `The place to sign in cannot be reached: ${said}`,
      'Try again in a minute.',
      {
        cause,
      },
    );
  const isNobody =
    cause instanceof CredentialUnavailableError || cause instanceof AuthenticationRequiredError;
  return new Failure(
    'unauthenticated',
    isNobody ? 'Nobody is signed in to Azure on this machine.' : `Signing in failed: ${said}`,
    `Sign in with: az login --tenant ${tenant}`,
    { cause },
  );
}
