/** What a request says, read by its route: everything that is wrong is named at once, with its place. */
import type { HttpRequest } from '@azure/functions';
import { z } from 'zod';
import type { ProblemDocument } from '../../contracts/api/problem.ts';
import type { Route } from '../../contracts/routes/route.ts';
import { Failure } from '../../policy/failure.ts';

const mostBodyCharacters = 64 * 1024;

/** One thing that is wrong with a request. */
export type WrongPart = NonNullable<ProblemDocument['errors']>[number];

/** A request that its route does not take. */
export class WrongRequest extends Failure {
  readonly errors: readonly WrongPart[];

  constructor(errors: readonly WrongPart[]) {
    const told = errors.map(({ at, detail }) => `${at}: ${detail}`).join('; ');
    super('bad-input', told, 'Correct the request; nothing was started.');
    this.errors = errors;
  }
}

/** The parts of a request as the route's schemas read them. */
export interface Input {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** Reads path, query and body; throws `WrongRequest` naming each wrong part. */
export async function readInput(route: Route, request: HttpRequest): Promise<Input> {
  const errors: WrongPart[] = [];
  const read = (schema: z.ZodType | undefined, value: unknown, place: string): unknown => {
    if (schema === undefined) return undefined;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    errors.push(...result.error.issues.flatMap((issue) => wrongParts(issue, place)));
    return undefined;
  };
  const params = read(route.params, request.params, 'path');
  const query = read(route.query, Object.fromEntries(request.query), 'query');
  const body = route.body === undefined ? undefined : read(route.body, await readJson(request), '');
  if (errors.length > 0) throw new WrongRequest(errors);
  return { params, query, body };
}

/** The JSON of a body; an empty one counts as `{}`. */
async function readJson(request: HttpRequest): Promise<unknown> {
  const text = await request.text();
  if (text.length > mostBodyCharacters)
    throw new Failure(
      'bad-input',
      'the request is too long',
      `Send at most ${mostBodyCharacters} characters.`,
    );
  try {
    return text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    throw new Failure('bad-input', 'the request is no JSON', 'Send a JSON object.');
  }
}

const longestTold = 200;

/** Where it is: `query.limit`, `path.system`, `what.from`; a member that nobody knows is named itself. */
function wrongParts(issue: z.core.$ZodIssue, place: string): WrongPart[] {
  const at = [...(place === '' ? [] : [place]), ...issue.path].join('.');
  if (issue.code !== 'unrecognized_keys') return [{ at: at || '(body)', detail: issue.message }];
  return issue.keys.map((key) => ({
    at: [...(at === '' ? [] : [at]), key.slice(0, longestTold)].join('.'),
    detail: 'there is no such member',
  }));
}
