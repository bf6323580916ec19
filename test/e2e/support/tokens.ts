/** Tokens for the API, obtained as any program of the tenant does: by its secret, without anything of the product's code. */

/** Where and as whom programs sign in, as the stack's profile says it. */
export interface Login {
  readonly tenant: string;
  readonly scope: string;
  readonly authority: string;
  readonly identities: Readonly<Record<string, { readonly clientId: string; readonly secret: string }>>;
}

/** Half of what a token lives. */
const keptMilliseconds = 1_800_000;

export class Tokens {
  readonly #login: Login;
  readonly #as: string;
  #current: { readonly token: string; readonly until: number } | undefined;

  constructor(login: Login, as: string) {
    this.#login = login;
    this.#as = as;
  }

  /** A token that is valid for a while yet. */
  async get(): Promise<string> {
    if (this.#current === undefined || this.#current.until < Date.now())
      this.#current = { token: await this.#ask(), until: Date.now() + keptMilliseconds };
    return this.#current.token;
  }

  async #ask(): Promise<string> {
    const { tenant, scope, authority, identities } = this.#login;
    const { clientId = '', secret = '' } = identities[this.#as] ?? {};
    const response = await fetch(`${authority}/${tenant}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...{ grant_type: 'client_credentials', scope, client_id: clientId, client_secret: secret },
      }),
    });
    const { access_token: token, error } = (await response.json()) as {
      readonly access_token?: string;
      readonly error?: string;
    };
    if (token === undefined) throw new Error(`no token for ${this.#as}: ${error}`);
    return token;
  }
}
