/** How a GET is written: what is asked for, where, and with which authorization. */
import type { Authorization } from './authorization.ts';
import type { Endpoint } from './endpoint.ts';

/** Names percent-encoded in listings came with 2021-02-12; everything else used here is older. */
const serviceVersion = '2021-12-02';

/** What to get: the path with its query (`?…` or empty) and the version that alone will do. */
export interface Target {
  readonly path: string;
  readonly query: string;
  readonly ifMatch?: string;
}

/** A request that is written anew for each try, because the authorization may be another one by then. */
export interface Request {
  /** Its bytes; they stay as they are until it is written again. */
  bytes(endpoint: Endpoint, authorization: Authorization): Buffer;
}

/** The request's text, latin1; the condition stands last. */
export function requestText(
  { path, query, ifMatch }: Target,
  endpoint: Endpoint,
  { header, query: signature }: Authorization,
): string {
  const both = signature === undefined ? query : `${query}${query === '' ? '?' : '&'}${signature}`;
  const signedIn = header === undefined ? '' : `Authorization: ${header}\r\n`;
  const condition = ifMatch === undefined ? '' : `If-Match: ${ifMatch}\r\n`;
  const fixed = `Host: ${endpoint.authority}\r\nx-ms-version: ${serviceVersion}\r\n`;
  return `GET ${path}${both} HTTP/1.1\r\n${fixed}${signedIn}${condition}\r\n`;
}

/** The request for one target. */
export function requestOf(target: Target): Request {
  return {
    bytes: (endpoint, authorization) => Buffer.from(requestText(target, endpoint, authorization), 'latin1'),
  };
}
