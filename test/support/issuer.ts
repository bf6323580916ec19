/** A token issuer in memory: the stack's own tokens and keys, found by the product's own way of looking for them. */
import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK } from 'jose';
import type { LoginKey } from '../../local/login/signing-key.ts';
import { issueToken, type TokenOrder } from '../../local/login/token.ts';
import { roles, type Role } from '../../src/contracts/actor.ts';
import { EntraTokens } from '../../src/azure/entra-tokens.ts';
import type { Clock } from '../../src/ports/clock.ts';

export const authority = 'https://login.example';
export const tenant = '11111111-1111-4111-8111-111111111111';
export const audience = '22222222-2222-4222-8222-222222222222';
export const issuer = `${authority}/${tenant}/v2.0`;

/** A pair of RSA keys, as the issuer publishes them. */
export async function makeLoginKey(): Promise<LoginKey> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk: { ...jwk, kid: await calculateJwkThumbprint(jwk), use: 'sig', alg: 'RS256' } };
}

/** Somebody else for each role, and for each number of roles. */
export function subjectWith(granted: readonly string[]): string {
  const digit = granted.length === 1 ? 5 + roles.indexOf(granted[0] as Role) : granted.length;
  return `33333333-3333-4333-8333-${String(digit).repeat(12)}`;
}

export class TestIssuer {
  readonly key: LoginKey;
  /** What is published; a test may change it. */
  readonly published: { configuration: object; keys: object };
  /** Every address that was asked. */
  readonly asked: string[] = [];
  isDown = false;

  private constructor(key: LoginKey) {
    this.key = key;
    const jwks_uri = `${authority}/${tenant}/discovery/v2.0/keys`;
    this.published = { configuration: { issuer, jwks_uri }, keys: { keys: [key.jwk] } };
  }

  static async make(): Promise<TestIssuer> {
    return new TestIssuer(await makeLoginKey());
  }

  /** The product's check, over this issuer. */
  tokens(clock: Clock): EntraTokens {
    return new EntraTokens({ authority, tenant, audience }, clock, this.#fetch);
  }

  /** A token of somebody with these roles. */
  issue(nowSeconds: number, granted: readonly string[], change: Partial<TokenOrder> = {}): Promise<string> {
    const subject = subjectWith(granted);
    return issueToken(this.key, {
      ...{ issuer, tenant, audience, nowSeconds, lifetimeSeconds: 3_600 },
      identity: { clientId: subject, objectId: subject, roles: [...granted] },
      ...change,
    });
  }

  readonly #fetch: typeof fetch = async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    this.asked.push(url);
    if (this.isDown) throw new TypeError('fetch failed');
    return Response.json(
      url.endsWith('openid-configuration') ? this.published.configuration : this.published.keys,
    );
  };
}
