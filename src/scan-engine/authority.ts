/** Keeps an account's authorization for a thread's requests: fetched once for all of them, and again when it is time. */
import { Failure } from '../policy/failure.ts';
import type { Authorization, AuthorizationSource } from './authorization.ts';
import { headerOf, type ResponseHead } from './response-head.ts';

export class Authority {
  readonly #source: AuthorizationSource;
  readonly #account: string;
  #current: Authorization | undefined;
  #usableUntil = 0;
  #fetching: Promise<Authorization> | undefined;

  constructor(source: AuthorizationSource, account: string) {
    this.#source = source;
    this.#account = account;
  }

  /** The authorization, if there is one that can still be used. */
  get current(): Authorization | undefined {
    return this.#usableUntil > performance.now() ? this.#current : undefined;
  }

  /** An authorization that can be used; one fetch serves all who wait for it. */
  async obtain(): Promise<Authorization> {
    return this.current ?? (await this.#fetch(undefined));
  }

  /** Another authorization than the one refused; the one that others have fetched since is taken. */
  async replace(refused: Authorization, challenge: ResponseHead): Promise<Authorization> {
    const { current } = this;
    return current !== undefined && current !== refused ? current : await this.#fetch(challenge);
  }

  #fetch(challenge: ResponseHead | undefined): Promise<Authorization> {
    this.#fetching ??= this.#ask(challenge).finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  async #ask(challenge: ResponseHead | undefined): Promise<Authorization> {
    const claims = challenge === undefined ? undefined : claimsIn(challenge);
    const got = await this.#source({
      account: this.#account,
      isRefused: challenge !== undefined,
      ...(claims === undefined ? {} : { claims }),
    });
    if (/[^\x21-\x7e ]/.test(`${got.header ?? ''}${got.query ?? ''}`))
      throw new Failure(
        'refused',
        'an authorization for storage has characters that no header may have',
        'This is a defect of its source.',
      );
    this.#current = got;
    this.#usableUntil = performance.now() + (got.usableSeconds ?? Infinity) * 1000;
    return got;
  }
}

/** The claims in a bearer challenge, decoded. */
function claimsIn(head: ResponseHead): string | undefined {
  const claims = /\bclaims="([\w+/=-]+)"/.exec(headerOf(head, 'www-authenticate') ?? '')?.[1];
  return claims === undefined ? undefined : Buffer.from(claims, 'base64').toString();
}
