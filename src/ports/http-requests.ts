/**
 * Requests to what the operator named in the estate file. What an implementation must guarantee:
 * - HTTPS with a certificate that is verified, to the address that was given and no other: a redirect is an answer like
 *   any other and is not followed;
 * - no cookie is sent, and no token but the one of the deployment's own identity for the scope that was asked for;
 * - it ends within the time that was given, and reads no more of the body than was asked for;
 * - an answer is returned whatever its status; where there is none it throws a failure, and a `NotSent` only where
 *   nothing of the request can have left.
 */
import { Failure } from '../policy/failure.ts';

/** Nothing was sent: whoever was asked cannot have done anything. */
export class NotSent extends Failure {}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** A token for it goes with the request; without it none does. */
  readonly tokenScope?: string;
  readonly timeoutSeconds: number;
  readonly mostBytes: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  /** The body is longer than what was read of it. */
  readonly isCut: boolean;
}

export interface HttpRequests {
  send(request: HttpRequest): Promise<HttpAnswer>;
}
