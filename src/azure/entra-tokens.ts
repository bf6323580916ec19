/**
 * Verifies access tokens of Entra ID in its version 2.0: signature by a key of the tenant's issuer, algorithm, issuer,
 * audience, tenant, time, and that it is an access token for this API and not one of another kind.
 */
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { accessTokenClaims } from '../contracts/access-token.ts';
import { role } from '../contracts/actor.ts';
import { Failure } from '../policy/failure.ts';
import { readableName } from '../policy/person-name.ts';
import type { Caller, CallerTokens } from '../ports/caller-tokens.ts';
import type { Clock } from '../ports/clock.ts';
import { issuerKeys } from './issuer-keys.ts';

/** Entra ID signs with nothing else. */
const algorithms = ['RS256'];
/** What clocks may differ by. */
const toleranceSeconds = 60;
const longestToken = 16 * 1024;
/** The scope that a person's program must have been given. */
const scope = 'user_impersonation';

export interface EntraSettings {
  /** `https://login.microsoftonline.com`, or that of another cloud. */
  readonly authority: string;
  readonly tenant: string;
  /** The client id of the API's app registration. */
  readonly audience: string;
}

export class EntraTokens implements CallerTokens {
  readonly #settings: EntraSettings;
  readonly #issuer: string;
  readonly #keys: JWTVerifyGetKey;
  readonly #clock: Clock;

  constructor(settings: EntraSettings, clock: Clock, fetchImpl?: typeof fetch) {
    this.#settings = settings;
    this.#issuer = `${settings.authority.replace(/\/+$/, '')}/${settings.tenant}/v2.0`;
    this.#keys = issuerKeys(this.#issuer, clock, fetchImpl);
    this.#clock = clock;
  }

  async verify(token: string): Promise<Caller> {
    if (token.length > longestToken) throw refused('is too long');
    const said = accessTokenClaims.safeParse(await this.#verified(token));
    if (!said.success) throw refused(`lacks what is needed of ${said.error.issues[0]?.path.join('.')}`);
    const { oid, sub, tid, scp, roles } = said.data;
    if (tid !== this.#settings.tenant) throw refused('is of another tenant');
    // A program of its own has no scopes, and is its own subject; what a person's browser holds to know who it is, is neither.
    if (scp === undefined ? sub !== oid : !scp.split(' ').includes(scope))
      throw refused(`gives no access: it needs the scope ${scope}`);
    const { name, preferred_username: username, upn } = said.data;
    const called = [name, username, upn].map(readableName).find((one) => one !== undefined);
    return {
      ...{ subject: oid, tenant: tid, roles: role.options.filter((one) => roles.includes(one)) },
      ...(called === undefined ? {} : { name: called }),
    };
  }

  async #verified(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        ...{ algorithms, issuer: this.#issuer, audience: this.#settings.audience, typ: 'JWT' },
        ...{ clockTolerance: toleranceSeconds, currentDate: this.#clock.now().toJSDate() },
        requiredClaims: ['exp', 'nbf', 'iat'],
      });
      return payload;
    } catch (error) {
      throw error instanceof errors.JOSEError ? refused(reasonOf(error)) : error;
    }
  }
}

const reasons: Readonly<Record<string, string>> = {
  iss: 'is of another issuer',
  aud: 'is for another audience',
  nbf: 'is not valid yet',
};

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'has expired';
  if (error instanceof errors.JWTClaimValidationFailed)
    return reasons[error.claim] ?? `lacks what is needed of ${error.claim}`;
  return 'is not valid here';
}

function refused(why: string): Failure {
  return new Failure(
    'unauthenticated',
    `the token ${why}`,
    'Sign in again, with the tenant and the API that the profile names.',
  );
}
