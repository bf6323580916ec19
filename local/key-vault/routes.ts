/**
 * What the stand-in serves of a key vault: a key's current version, its versions page by page, one version, and the
 * signature over a digest. A version that is disabled, not valid yet or no longer valid does not sign.
 */
import { KeyVaultError } from './errors.ts';
import { publicHalf, type KeyStore, type KeyVersion } from './key-store.ts';
import { signDigest } from './sign-digest.ts';

const defaultPage = 25;
const digestBytes = 48;

export interface KeyVaultRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The body of the answer; throws a `KeyVaultError`. */
export function answerTo(keys: KeyStore, { method, url, body }: KeyVaultRequest): unknown {
  const [, name = '', version = '', operation] =
    /^\/keys\/([^/]+)(?:\/([^/]*))?(?:\/(sign))?$/.exec(url.pathname) ?? [];
  const all = keys.versions(name);
  if (all === undefined) throw notFound(name);
  if (method === 'GET' && operation === undefined) {
    if (version === 'versions') return listed(url, name, all);
    return bundle(url, name, found(all, name, version));
  }
  if (method !== 'POST' || operation !== 'sign')
    throw new KeyVaultError(405, 'MethodNotAllowed', 'The method is not modelled here.');
  const one = found(all, name, version);
  mustSign(one);
  const digest = Buffer.from(typeof body['value'] === 'string' ? body['value'] : '', 'base64url');
  if (body['alg'] !== 'ES384' || digest.length !== digestBytes)
    throw new KeyVaultError(
      400,
      'BadParameter',
      'The algorithm must be ES384 and the value a digest of 48 bytes.',
    );
  return { kid: addressOf(url, name, one), value: signDigest(one.privateKey, digest).toString('base64url') };
}

function found(all: readonly KeyVersion[], name: string, version: string): KeyVersion {
  const one = version === '' ? all.at(-1) : all.find((each) => each.version === version);
  if (one === undefined) throw notFound(`${name}/${version}`);
  return one;
}

function mustSign({ enabled, nbf = 0, exp = Infinity }: KeyVersion): void {
  const now = Date.now() / 1000;
  const why = enabled ? (now < nbf ? 'not yet valid' : now >= exp ? 'expired' : undefined) : 'disabled';
  if (why !== undefined)
    throw new KeyVaultError(403, 'Forbidden', `Operation sign is not allowed on a key that is ${why}.`);
}

function listed(url: URL, name: string, all: readonly KeyVersion[]): unknown {
  const size = Number(url.searchParams.get('maxresults') ?? defaultPage);
  const from = Number(url.searchParams.get('$skiptoken') ?? 0);
  const next = new URL(url);
  next.searchParams.set('$skiptoken', String(from + size));
  return {
    value: all.slice(from, from + size).map((one) => ({
      kid: addressOf(url, name, one),
      attributes: attributesOf(one),
    })),
    nextLink: from + size < all.length ? next.href : null,
  };
}

const bundle = (url: URL, name: string, one: KeyVersion): unknown => ({
  key: { kid: addressOf(url, name, one), key_ops: ['sign', 'verify'], ...publicHalf(one) },
  attributes: attributesOf(one),
});

const addressOf = (url: URL, name: string, { version }: KeyVersion): string =>
  `${url.origin}/keys/${name}/${version}`;

const attributesOf = ({ enabled, created, nbf, exp }: KeyVersion): object => ({
  ...{ enabled, created, updated: created, recoveryLevel: 'Recoverable+Purgeable' },
  ...(nbf === undefined ? {} : { nbf }),
  ...(exp === undefined ? {} : { exp }),
});

const notFound = (what: string): KeyVaultError =>
  new KeyVaultError(404, 'KeyNotFound', `A key with (name/id) ${what} was not found in this key vault.`);
