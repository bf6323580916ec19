/** One way to answer HTTP: JSON, or a problem document (RFC 9457) for whatever went wrong. */
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import type { ProblemDocument, StartedResponse } from '../contracts/api.ts';
import { Failure, failureCodes, failureFrom } from '../policy/failure.ts';
import { parseInstanceId } from '../policy/identifiers.ts';

const mostBodyCharacters = 64 * 1024;

/** Runs a handler; a failure becomes a problem document, an unforeseen one without its text. */
export async function answer(work: () => Promise<HttpResponseInit>): Promise<HttpResponseInit> {
  try {
    return await work();
  } catch (thrown) {
    return problem(failureFrom(thrown), thrown instanceof Failure);
  }
}

function problem(failure: Failure, foreseen: boolean): HttpResponseInit {
  const { http } = failureCodes[failure.code];
  const body: ProblemDocument = {
    type: 'about:blank',
    title: failure.code.replaceAll('-', ' '),
    status: http,
    detail: foreseen ? failure.message : 'something went wrong that was not foreseen',
    code: failure.code,
    hint: foreseen ? failure.hint : 'Look in the log of the app at this moment.',
  };
  return {
    status: http,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify(body),
  };
}

/** Reads a JSON body by its schema; an empty one counts as `{}`. Throws `bad-input` naming each wrong member. */
export async function readBody<T>(request: HttpRequest, schema: z.ZodType<T>): Promise<T> {
  const text = await request.text();
  if (text.length > mostBodyCharacters)
    throw new Failure(
      'bad-input',
      'the request is too long',
      `Send at most ${mostBodyCharacters} characters.`,
    );
  let body: unknown;
  try {
    body = text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    throw new Failure('bad-input', 'the request is no JSON', 'Send a JSON object.');
  }
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `${issue.path.join('.') || '(body)'}: ${issue.message}`,
  );
  throw new Failure('bad-input', problems.join('; '), 'Correct the request; nothing was started.');
}

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
