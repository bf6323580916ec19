/** One way to answer HTTP: JSON, or a problem document (RFC 9457) for whatever went wrong. */
import type { HttpResponseInit } from '@azure/functions';
import type { ProblemDocument } from '../contracts/api/problem.ts';
import type { StartedResponse } from '../contracts/api/runs.ts';
import { Failure, failureCodes, shownFailure } from '../policy/failure.ts';
import { parseInstanceId } from '../policy/identifiers.ts';
import { WrongRequest } from './api/input.ts';
import { WrongMethod } from './api/methods.ts';

/** Runs a handler; a failure becomes a problem document, an unforeseen one without its text: that goes to `log`. */
export async function answer(
  work: () => Promise<HttpResponseInit>,
  log: (unforeseen: string) => void = () => undefined,
): Promise<HttpResponseInit> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof Failure))
      log(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
    return problem(shownFailure(thrown));
  }
}

function problem(failure: Failure): HttpResponseInit {
  const { http } = failureCodes[failure.code];
  const body: ProblemDocument = {
    type: `urn:lifeboat:problem:${failure.code}`,
    title: failure.code.replaceAll('-', ' '),
    status: http,
    detail: failure.message,
    code: failure.code,
    hint: failure.hint,
    ...(failure instanceof WrongRequest ? { errors: [...failure.errors] } : {}),
  };
  return {
    status: http,
    headers: { 'content-type': 'application/problem+json', ...challenge(failure), ...allow(failure) },
    body: JSON.stringify(body),
  };
}

/** What RFC 6750 has said to whoever brought no token that counts, or not the role. */
function challenge({ code }: Failure): Record<string, string> {
  if (code === 'unauthenticated') return { 'www-authenticate': 'Bearer error="invalid_token"' };
  return code === 'access-denied' ? { 'www-authenticate': 'Bearer error="insufficient_scope"' } : {};
}

const allow = (failure: Failure): Record<string, string> =>
  failure instanceof WrongMethod ? { allow: failure.allowed.join(', ') } : {};

/** 202 with where to ask. */
export function started(ids: readonly string[]): HttpResponseInit {
  const operations = ids.map((id) => {
    const run = parseInstanceId(id);
    return {
      id,
      kind: run?.kind ?? '',
      system: run?.system ?? '',
      region: run?.region ?? '',
      statusUrl: `/api/v1/operations/${id}`,
    };
  });
  const [first] = operations;
  return {
    status: 202,
    headers: first === undefined || operations.length > 1 ? {} : { location: first.statusUrl },
    jsonBody: { operations } satisfies StartedResponse,
  };
}
