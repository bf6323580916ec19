/** What an answer that is not the promised one means: the app's own problem document, or whatever stands there instead. */
import { problemDocument } from '../contracts/api/problem.ts';
import { Failure, failureCodes, type FailureCode } from '../policy/failure.ts';
import type { Answer } from './transport.ts';

/** The JSON of an answer; undefined where it is none. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // No contract accepts it, so it is reported as what it is not.
  }
}

/** The failure that an answer of another status than 2xx stands for. */
export function failureOf(url: URL, answer: Answer): Failure {
  const problem = problemDocument.safeParse(jsonIn(answer.text));
  if (!problem.success) return foreignAnswer(url, answer.status);
  const { code, detail, hint, title } = problem.data;
  return new Failure(
    isFailureCode(code) ? code : codeOfStatus(answer.status),
    detail === '' ? title : detail,
    hint,
  );
}

const isFailureCode = (code: string): code is FailureCode => Object.hasOwn(failureCodes, code);

/** What stands before the app (the platform, a proxy, another program) answered in its place. */
function foreignAnswer(url: URL, status: number): Failure {
  const code = codeOfStatus(status);
  const messages: Partial<Record<FailureCode, readonly [string, string]>> = {
    'access-denied': [
      'lets nobody in',
      'What stands before the app refused the request: look at the access restrictions of the Functions app.',
    ],
    'not-found': [
      `knows no ${url.pathname}`,
      'Check the url in the profile; an app that was just deployed may need a minute to start.',
    ],
    unavailable: [
      `is not available (HTTP ${status})`,
      'The app may be starting or restarting; try again in a minute.',
    ],
  };
  const fallback = [
    `answered HTTP ${status} without a reason`,
    'Check that the url in the profile is that of the app.',
  ];
  const [message, hint] = messages[code] ?? fallback;
  return new Failure(code, `${url.origin} ${message}.`, hint);
}

function codeOfStatus(status: number): FailureCode {
  if (status === 401 || status === 403) return 'access-denied';
  if (status === 404) return 'not-found';
  if (status === 409) return 'conflict';
  if ([408, 429, 502, 503, 504].includes(status)) return 'unavailable';
  return status === 400 || status === 422 ? 'bad-input' : 'unexpected';
}
