/**
 * The signer over Azure Key Vault's REST interface, signed in with the deployment's identity. Key Vault gets the digest
 * alone and answers with the raw signature; the private half stays there. Its answer is verified before anybody uses
 * it. The token goes to the key's own host or nowhere.
 */
import type { TokenCredential } from '@azure/identity';
import {
  bearerTokenAuthenticationPolicy,
  bearerTokenAuthenticationPolicyName,
  createDefaultHttpClient,
  createPipelineFromOptions,
  createPipelineRequest,
  redirectPolicyName,
  type HttpClient,
  type HttpMethods,
  type Pipeline,
} from '@azure/core-rest-pipeline';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { DateTime } from 'luxon';
import { publicKey, signingKey, type PublicKey, type SigningKey } from '../contracts/signing.ts';
import { isoOf } from '../contracts/values.ts';
import { Failure } from '../policy/failure.ts';
import { chooseVersion, thumbprintOf, type KeyVersion } from '../policy/signing-keys.ts';
import type { Clock } from '../ports/clock.ts';
import type { Signer, SigningKeyState } from '../ports/signer.ts';
import { azureFailure } from './errors.ts';
import { onlyThisHost } from './host-allow-list.ts';
import { jsonAnswer, type JsonBody } from './json-answers.ts';

const apiVersion = '7.4';
const service = 'the key vault';
const signatureBytes = 96;
/** More pages of versions than a key can have: a listing that does not end is no listing. */
const mostPages = 1_000;
const hint = 'Look into who answers for the key vault; see the runbook "report-unsigned".';

/** The parts of a key's URL: `https://{vault}/keys/{name}`, with a version to sign with that one alone. */
export function parseKeyUrl(text: string): { readonly key: string; readonly version: string | undefined } {
  const url = new URL(text);
  const [, name, version] = /^\/keys\/([\w-]{1,127})(?:\/([\w-]{1,64}))?\/?$/.exec(url.pathname) ?? [];
  if (url.protocol === 'https:' && name !== undefined)
    return { key: `https://${url.host}/keys/${name}`, version };
  throw new Failure(
    'bad-input',
    'the URL of the signing key is not https://{vault}/keys/{name} or https://{vault}/keys/{name}/{version}',
    'Take it from the key vault: it is the key identifier, with or without its version.',
  );
}

export class KeyVaultSigner implements Signer {
  readonly key: string;
  readonly #version: string | undefined;
  readonly #clock: Clock;
  readonly #pipeline: Pipeline;
  readonly #client: HttpClient = createDefaultHttpClient();

  constructor(keyUrl: string, audience: string, credential: TokenCredential, clock: Clock) {
    ({ key: this.key, version: this.#version } = parseKeyUrl(keyUrl));
    this.#clock = clock;
    this.#pipeline = createPipelineFromOptions({});
    this.#pipeline.removePolicy({ name: redirectPolicyName });
    const scopes = `${audience.replace(/\/$/, '')}/.default`;
    this.#pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes }), { phase: 'Sign' });
    this.#pipeline.addPolicy(onlyThisHost(new URL(this.key).host, service, hint), {
      beforePolicies: [bearerTokenAuthenticationPolicyName],
    });
  }

  async currentKey(): Promise<SigningKey> {
    const all = await this.#list();
    const candidates = this.#version === undefined ? all : all.filter((one) => one.version === this.#version);
    const chosen = chooseVersion(candidates, this.#clock.now());
    if (chosen === undefined)
      throw new Failure(
        'operation-failed',
        `none of the ${candidates.length} version(s) of ${this.key} may sign now: each is disabled, expired or not valid yet`,
        'Make a new version of the key (P-384, sign), or enable one.',
      );
    const { key } = await this.#ask('GET', `${this.key}/${chosen.version}`);
    return this.#keyOf(chosen, publicHalf(key, this.key));
  }

  async sign(key: SigningKey, bytes: Uint8Array): Promise<Buffer> {
    const value = createHash('sha384').update(bytes).digest('base64url');
    const answer = await this.#ask('POST', `${key.source}/sign`, { alg: 'ES384', value });
    const signature = Buffer.from(typeof answer['value'] === 'string' ? answer['value'] : '', 'base64url');
    if (signature.length === signatureBytes && isSignatureBy(key.jwk, bytes, signature)) return signature;
    throw new Failure(
      'operation-failed',
      `${service} answered with what is no signature by ${key.source}`,
      'Compare the key in the key vault with the one in LIFEBOAT_SIGNING_KEY; it is tried again later.',
    );
  }

  async versions(): Promise<readonly SigningKeyState[]> {
    const all = await this.#list();
    return all.map(({ version, enabled }) => ({ source: `${this.key}/${version}`, enabled }));
  }

  async #list(): Promise<KeyVersion[]> {
    const versions: KeyVersion[] = [];
    let next: string | undefined = `${this.key}/versions`;
    for (let page = 0; next !== undefined; page += 1) {
      if (page === mostPages) throw new Failure('unavailable', `${service} lists versions without end`, hint);
      const body: JsonBody = await this.#ask('GET', next);
      if (!Array.isArray(body['value'])) throw unknownForm(`the versions of ${this.key}`);
      versions.push(...body['value'].map((item: unknown) => versionOf(item)));
      next = typeof body['nextLink'] === 'string' && body['nextLink'] !== '' ? body['nextLink'] : undefined;
    }
    return versions;
  }

  async #ask(method: HttpMethods, address: string, body?: object): Promise<JsonBody> {
    const url = new URL(address);
    if (!url.searchParams.has('api-version')) url.searchParams.set('api-version', apiVersion);
    const request = createPipelineRequest({ url: url.href, method });
    request.headers.set('accept', 'application/json');
    if (body !== undefined) {
      request.body = JSON.stringify(body);
      request.headers.set('content-type', 'application/json');
    }
    try {
      return jsonAnswer(await this.#pipeline.sendRequest(this.#client, request));
    } catch (thrown) {
      throw azureFailure(service, thrown);
    }
  }

  #keyOf(
    { version, createdSeconds, notBeforeSeconds, expiresSeconds }: KeyVersion,
    jwk: PublicKey,
  ): SigningKey {
    return signingKey.parse({
      keyId: thumbprintOf(jwk),
      source: `${this.key}/${version}`,
      jwk,
      createdAt: isoOfSeconds(createdSeconds),
      ...(notBeforeSeconds === undefined ? {} : { notBefore: isoOfSeconds(notBeforeSeconds) }),
      ...(expiresSeconds === undefined ? {} : { expiresAt: isoOfSeconds(expiresSeconds) }),
    });
  }
}

const isoOfSeconds = (seconds: number): string => isoOf(DateTime.fromSeconds(seconds, { zone: 'utc' }));

function versionOf(item: unknown): KeyVersion {
  const { kid, attributes = {} } = item as { kid?: unknown; attributes?: Record<string, unknown> };
  const version = typeof kid === 'string' ? /\/([\w-]{1,64})$/.exec(kid)?.[1] : undefined;
  const { enabled, created, nbf, exp } = attributes;
  if (version === undefined || typeof created !== 'number') throw unknownForm('a version of the key');
  return {
    version,
    enabled: enabled === true,
    createdSeconds: created,
    notBeforeSeconds: typeof nbf === 'number' ? nbf : undefined,
    expiresSeconds: typeof exp === 'number' ? exp : undefined,
  };
}

/** The public half of what the key vault calls a key, without its id and operations. */
function publicHalf(key: unknown, name: string): PublicKey {
  const { kty, crv, x, y } = (key ?? {}) as Record<string, unknown>;
  const half = publicKey.safeParse({ kty: kty === 'EC-HSM' ? 'EC' : kty, crv, x, y });
  if (half.success) return half.data;
  throw new Failure(
    'operation-failed',
    `${name} is no key of the curve P-384`,
    'Reports are signed with ES384: make a key of type EC (or EC-HSM) on the curve P-384.',
  );
}

function isSignatureBy(jwk: PublicKey, bytes: Uint8Array, signature: Buffer): boolean {
  try {
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    return verify('sha384', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    return false; // A point that is not on the curve.
  }
}

const unknownForm = (what: string): Failure =>
  new Failure('operation-failed', `${service} answered in an unknown form: ${what}`, hint);
