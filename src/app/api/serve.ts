/**
 * The only way into the API: whose token it is, whether the route's rule lets them, what the request says, then the
 * route's handler. In this order, so that nobody learns anything without a token.
 */
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { Actor } from '../../contracts/actor.ts';
import type { Route } from '../../contracts/routes/route.ts';
import { routeNamed, type RouteName } from '../../contracts/routes/table.ts';
import { Failure } from '../../policy/failure.ts';
import type { Caller, CallerTokens } from '../../ports/caller-tokens.ts';
import { answer } from '../http.ts';
import { withEtag } from './etag.ts';
import { handlerOf, type ApiHub, type ApiParts } from './handlers.ts';
import { readInput, type Input } from './input.ts';
import { methodsAt, WrongMethod } from './methods.ts';
import { nameOf, once } from './once.ts';

/** What the API needs of the app. */
export type Api = ApiParts & { readonly tokens: CallerTokens };

/** Answers a request to a route. */
export function serveRoute(
  api: Api,
  name: RouteName,
  request: HttpRequest,
  hub: ApiHub,
  log?: (unforeseen: string) => void,
): Promise<HttpResponseInit> {
  return answer(async () => {
    const route = routeNamed(name);
    const actor = admit(route, await callerOf(api.tokens, request));
    const input = await readInput(route, request);
    const call = { ...input, actor, hub };
    const key = route.method === 'POST' ? nameOf(request) : undefined;
    const system = systemOf(api, input);
    if (key === undefined || system === undefined) return withEtag(request, await handlerOf(name)(api, call));
    return once(api.deps, { route: name, name: key, actor, system, input }, (named) =>
      handlerOf(name)(api, { ...call, request: named }),
    );
  }, log);
}

/** The system that a request is about, the first one where it names none; undefined if there is no such system. */
function systemOf({ systems }: Api, { params, body }: Input): string | undefined {
  const named = { ...(body as object | undefined), ...(params as object | undefined) } as { system?: string };
  return systems.find((one) => named.system === undefined || one === named.system);
}

/** Answers what no route takes, but only to somebody who has a role. */
export function serveUnknown(api: Api, request: HttpRequest): Promise<HttpResponseInit> {
  return answer(async () => {
    const caller = await callerOf(api.tokens, request);
    if (caller.roles.length === 0) throw denied('any role');
    const allowed = methodsAt(request);
    if (allowed.length > 0) throw new WrongMethod(request.method, allowed);
    throw new Failure(
      'not-found',
      'there is no such route',
      'Read /api/v1/openapi.json; an app of an earlier version may lack it.',
    );
  });
}

async function callerOf(tokens: CallerTokens, request: HttpRequest): Promise<Caller> {
  const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  if (token !== undefined) return tokens.verify(token);
  throw new Failure(
    'unauthenticated',
    'there is no bearer token',
    'Sign in: the command does it by its profile; others send "Authorization: Bearer …".',
  );
}

/** The caller in the first role that the route allows; throws `access-denied` without one. */
function admit(route: Route, { subject, tenant, name, roles }: Caller): Actor {
  const role = route.roles.find((one) => roles.includes(one));
  if (role === undefined) throw denied(route.roles.join(' or '));
  return { subject, tenant, role, ...(name === undefined ? {} : { name }) };
}

function denied(needed: string): Failure {
  return new Failure(
    'access-denied',
    `this needs the role ${needed}`,
    'Whoever administers the tenant gives roles; the command takes another identity of its profile with --as.',
  );
}
