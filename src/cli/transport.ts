/**
 * One HTTP exchange over Node's own modules: `fetch` cannot be told of a further certificate authority. Every exchange
 * has a connection of its own, so that one left over by a host that went away can never be taken for a living one, and
 * a deadline. What keeps an answer from arriving is a `Failure` that names the URL and the next step.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import * as tls from 'node:tls';
import { Failure } from '../policy/failure.ts';

/** What to send. */
export interface Exchange {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** A certificate authority (PEM) to trust beside those that the process trusts anyway. */
  readonly ca?: string | undefined;
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** What came back, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** Sends a request and reads the whole answer; throws a `Failure`, or the signal's reason when it was aborted. */
export async function exchange(what: Exchange): Promise<Answer> {
  const deadline = AbortSignal.timeout(what.timeoutSeconds * 1000);
  const signal = what.signal === undefined ? deadline : AbortSignal.any([deadline, what.signal]);
  try {
    return await send(what, signal);
  } catch (error) {
    what.signal?.throwIfAborted();
    throw deadline.aborted ? lateFailure(what) : connectionFailure(what, error);
  }
}

function send(what: Exchange, signal: AbortSignal): Promise<Answer> {
  const { method, body, ca, url } = what;
  const headers = {
    ...what.headers,
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
  };
  const trusted = ca === undefined ? {} : { ca: [...trustedAuthorities(), ca] };
  const options: RequestOptions = { method, headers, signal, agent: false, ...trusted };
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = start(url, options, (response) => {
      readAnswer(response).then(resolve, reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Naming an authority replaces the default ones, so they must be named with it. */
export function trustedAuthorities(): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };
  return getCACertificates?.('default') ?? tls.rootCertificates;
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'] ?? '',
    text: Buffer.concat(chunks).toString('utf8'),
  };
}

function lateFailure({ url, timeoutSeconds }: Exchange): Failure {
  return new Failure(
    'unavailable',
    `${url.origin} did not answer within ${timeoutSeconds} s.`,
    'The app may be starting or overloaded; try again in a minute.',
  );
}

/** Certificate errors have codes such as CERT_HAS_EXPIRED, SELF_SIGNED_CERT_IN_CHAIN, ERR_TLS_CERT_ALTNAME_INVALID. */
const certificateCode = /CERT|^UNABLE_TO_|^ERR_TLS/;

function connectionFailure({ url }: Exchange, cause: unknown): Failure {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  if (certificateCode.test(code)) {
    return new Failure(
      'unavailable',
      `The certificate of ${url.origin} is not trusted: ${message} (${code}).`,
      'Name the certificate authority as "caFile" in the profile, or correct the url.',
      { cause, retryable: false },
    );
  }
  const reason =
    code === 'ECONNREFUSED' ? 'the connection was refused' : code === 'ENOTFOUND' ? 'no such host' : message;
  return new Failure(
    'unavailable',
    `${url.origin} cannot be reached: ${reason}.`,
    'The app may not be running: start it, or correct the url in the profile.',
    { cause },
  );
}
