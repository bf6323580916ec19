/**
 * Issues the tokens of the stack's managed identities. For one identity and resource the same token is given out until
 * shortly before it expires, to concurrent callers and across restarts alike: a database token is also a password, and
 * a second one would lock out whoever still holds the first.
 */
import { randomUUID, type KeyObject } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { errors, jwtVerify, SignJWT } from 'jose';
import { scramVerifier } from './scram.ts';
import { ensureSigningKey, type SigningKey } from './signing-key.ts';

/** The resource whose tokens are PostgreSQL passwords. */
export const databaseResource = 'https://ossrdbms-aad.database.windows.net';

/** A managed identity of the stack. */
export interface Identity {
  readonly name: string;
  readonly clientId: string;
  /** The value of the `X-IDENTITY-HEADER` that its app sends. */
  readonly secret: string;
  /** The database role that stands for it. */
  readonly principal: string;
}

/** A token that was given out. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAtSeconds: number;
  /** What PostgreSQL stores when the token is the role's password; only for the database resource. */
  readonly passwordVerifier?: string;
}

/** How long tokens live. */
export interface TokenTiming {
  readonly lifetimeSeconds: number;
  /** A token with less time left is replaced. */
  readonly renewBeforeSeconds: number;
}

/** Why a bearer token is refused. */
export type TokenRefusal = 'invalid' | 'expired' | 'wrong-audience';

const standardTiming: TokenTiming = { lifetimeSeconds: 3600, renewBeforeSeconds: 300 };

/** Checks a bearer token of the stack's identities by the public half of the key that signs them. */
export async function checkToken(
  publicKey: KeyObject,
  token: string,
  audiences: readonly string[],
): Promise<TokenRefusal | undefined> {
  try {
    const { payload } = await jwtVerify(token, publicKey, { algorithms: ['ES256'] });
    const given = [payload.aud ?? []].flat().map(withoutTrailingSlash);
    return audiences.some((each) => given.includes(withoutTrailingSlash(each)))
      ? undefined
      : 'wrong-audience';
  } catch (error) {
    if (error instanceof errors.JWTExpired) return 'expired';
    if (error instanceof errors.JOSEError) return 'invalid';
    throw error;
  }
}

/** Issues and checks tokens; its key and the current tokens lie in `dir`. */
export class TokenIssuer {
  private readonly key: SigningKey;
  private readonly tenant: string;
  private readonly timing: TokenTiming;
  private readonly file: string;
  private readonly tokens: Map<string, IssuedToken>;
  private readonly pending = new Map<string, Promise<IssuedToken>>();

  private constructor(key: SigningKey, tenant: string, dir: string, timing: TokenTiming) {
    this.key = key;
    this.tenant = tenant;
    this.timing = timing;
    this.file = path.join(dir, 'tokens.json');
    this.tokens = new Map(Object.entries(readTokens(this.file)));
  }

  /** Opens the issuer whose state lies in `dir`. */
  static async open(dir: string, tenant: string, timing: Partial<TokenTiming> = {}): Promise<TokenIssuer> {
    mkdirSync(dir, { recursive: true });
    const key = await ensureSigningKey(path.join(dir, 'signing.key'));
    return new TokenIssuer(key, tenant, dir, { ...standardTiming, ...timing });
  }

  /** The current token of an identity for a resource, made or renewed if needed. */
  async issue(identity: Identity, resource: string): Promise<IssuedToken> {
    const slot = slotOf(identity, resource);
    const current = this.current(identity, resource);
    if (current !== undefined) return current;
    const underWay = this.pending.get(slot);
    if (underWay !== undefined) return underWay;
    const made = this.make(identity, resource).finally(() => this.pending.delete(slot));
    this.pending.set(slot, made);
    return made;
  }

  /** The token last given out, while it is not due for renewal. */
  current(identity: Identity, resource: string): IssuedToken | undefined {
    const token = this.tokens.get(slotOf(identity, resource));
    if (token === undefined) return undefined;
    const left = token.expiresAtSeconds - Date.now() / 1000;
    return left > this.timing.renewBeforeSeconds ? token : undefined;
  }

  /** The token last given out, expired or not. */
  latest(identity: Identity, resource: string): IssuedToken | undefined {
    return this.tokens.get(slotOf(identity, resource));
  }

  /** Checks a bearer token: signed here, not expired, made for one of the audiences. */
  async check(token: string, audiences: readonly string[]): Promise<TokenRefusal | undefined> {
    return checkToken(this.key.publicKey, token, audiences);
  }

  private async make(identity: Identity, resource: string): Promise<IssuedToken> {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const expiresAtSeconds = nowSeconds + this.timing.lifetimeSeconds;
    const token = await new SignJWT(this.claims(identity))
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
      .setIssuer(`https://sts.windows.net/${this.tenant}/`)
      .setAudience(resource)
      .setIssuedAt(nowSeconds)
      .setNotBefore(nowSeconds - 300)
      .setExpirationTime(expiresAtSeconds)
      .sign(this.key.privateKey);
    const isPassword = withoutTrailingSlash(resource) === databaseResource;
    const issued = {
      token,
      expiresAtSeconds,
      ...(isPassword ? { passwordVerifier: scramVerifier(token) } : {}),
    };
    this.tokens.set(slotOf(identity, resource), issued);
    writeTokens(this.file, Object.fromEntries(this.tokens));
    return issued;
  }

  private claims(identity: Identity): Record<string, string> {
    return {
      appid: identity.clientId,
      appidacr: '2',
      idtyp: 'app',
      oid: identity.clientId,
      sub: identity.clientId,
      tid: this.tenant,
      uti: randomUUID(),
      ver: '1.0',
    };
  }
}

function slotOf(identity: Identity, resource: string): string {
  return `${identity.clientId} ${withoutTrailingSlash(resource)}`;
}

function withoutTrailingSlash(text: string): string {
  return text.replace(/\/+$/, '').toLowerCase();
}

function readTokens(file: string): Record<string, IssuedToken> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, IssuedToken>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

function writeTokens(file: string, tokens: Record<string, IssuedToken>): void {
  writeFileSync(`${file}.new`, JSON.stringify(tokens), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
