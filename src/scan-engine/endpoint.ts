/**
 * Where requests go: the host of a storage account and the exact path of a blob. A name is data: every byte of it that
 * is not plainly harmless is percent-encoded, and a name that a server could take for another path is never requested.
 */
import { Failure } from '../policy/failure.ts';

/** A storage account's host as a socket needs it. */
export interface Endpoint {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** The Host header. */
  readonly authority: string;
  /** What stands before the container in every path; empty or `/…` without a slash at the end. */
  readonly basePath: string;
}

/** The endpoint of an account's URL; throws `bad-estate` if it is none. */
export function endpointOf(account: string): Endpoint {
  const url = URL.canParse(account) ? new URL(account) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.username !== '')
    throw new Failure(
      'bad-estate',
      `${JSON.stringify(account)} is no URL of a storage account`,
      'Correct the account of the blob store in the estate file.',
    );
  const secure = url.protocol === 'https:';
  return {
    secure,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    authority: url.host,
    basePath: url.pathname.replace(/\/+$/, ''),
  };
}

/** The path of a container. */
export function containerPath(endpoint: Endpoint, container: string): string {
  return `${endpoint.basePath}/${percentEncoded(container).replaceAll('%24', '$')}`;
}

/** Names that are their own paths: harmless characters, no segment empty or beginning with a dot. */
const plainName = /^[\w\-~][\w\-.~]*(?:\/[\w\-~][\w\-.~]*)*$/;

/** The path of a blob's name below its container; undefined if no path stands for the name and nothing else. */
export function blobPath(name: string): string | undefined {
  if (plainName.test(name)) return name;
  const segments = name.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) return undefined;
  return segments.map(percentEncoded).join('/');
}

/** Everything but RFC 3986's unreserved characters as percent-encoded UTF-8. */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
