/** Paths that the API knows, by methods that it does not take there. */
import type { HttpRequest } from '@azure/functions';
import { routeNamed, routeNames } from '../../contracts/routes/table.ts';
import { Failure } from '../../policy/failure.ts';

/** A method that is not for this path; `allowed` are. */
export class WrongMethod extends Failure {
  readonly allowed: readonly string[];

  constructor(method: string, allowed: readonly string[]) {
    super(
      'wrong-method',
      `there is no ${method} here`,
      `Use ${allowed.join(' or ')}; read /api/v1/openapi.json.`,
    );
    this.allowed = allowed;
  }
}

const patterns = routeNames.map((name) => {
  const { method, path } = routeNamed(name);
  return {
    method,
    path: new RegExp(`^/api/v1/${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`),
  };
});

/** The methods of the routes at a request's path; none where there is no such path. */
export function methodsAt({ url }: Pick<HttpRequest, 'url'>): string[] {
  const { pathname } = new URL(url);
  return [...new Set(patterns.filter(({ path }) => path.test(pathname)).map(({ method }) => method))];
}
