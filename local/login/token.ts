/** An access token as Entra ID issues it in its version 2.0 to a program that acts for itself. */
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { LoginIdentity } from './config.ts';
import type { LoginKey } from './signing-key.ts';

export interface TokenOrder {
  readonly issuer: string;
  readonly tenant: string;
  readonly audience: string;
  /** With a name the token says what people call it, as a person's does. */
  readonly identity: Omit<LoginIdentity, 'secret' | 'name'> & Partial<Pick<LoginIdentity, 'name'>>;
  readonly nowSeconds: number;
  readonly lifetimeSeconds: number;
}

/** Makes a token. */
export function issueToken({ privateKey, jwk }: LoginKey, order: TokenOrder): Promise<string> {
  const { issuer, tenant, audience, identity, nowSeconds, lifetimeSeconds } = order;
  const { clientId, objectId, name, roles } = identity;
  return new SignJWT({
    ...{ azp: clientId, azpacr: '1', idtyp: 'app', oid: objectId, sub: objectId, tid: tenant },
    ...{ uti: randomUUID(), ver: '2.0' },
    ...(name === undefined ? {} : { name }),
    ...(roles.length === 0 ? {} : { roles }),
  })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: jwk.kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(nowSeconds)
    .setNotBefore(nowSeconds)
    .setExpirationTime(nowSeconds + lifetimeSeconds)
    .sign(privateKey);
}
