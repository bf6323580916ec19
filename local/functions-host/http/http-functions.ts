/** The app's HTTP functions: which one answers a request, and how request and response are marshalled. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extraInputs, hasTrigger, type AppFunction, type FunctionApp } from '../app/function-app.ts';
import type { HttpData } from '../app/programming-model.ts';
import { formatCookie } from './cookies.ts';
import type { AuthLevel } from './keys.ts';
import { readBody } from './messages.ts';
import { parseRouteTemplate, type RouteTemplate } from './route-template.ts';

/** An HTTP function with its route. */
export interface HttpFunction {
  readonly target: AppFunction;
  readonly route: RouteTemplate;
  /** Empty for any method. */
  readonly methods: ReadonlySet<string>;
  readonly level: AuthLevel;
}

/** A function that answers a request, with the route's values. */
export interface HttpMatch {
  readonly function: HttpFunction;
  readonly params: Record<string, string>;
}

/** The app's HTTP functions below `prefix`, the closest route first. */
export function httpFunctionsOf(app: FunctionApp, prefix: string): HttpFunction[] {
  const functions = app.functions
    .filter((each) => hasTrigger(each, 'httpTrigger'))
    .map((target): HttpFunction => {
      const { route, methods, authLevel } = target.trigger;
      return {
        target,
        route: parseRouteTemplate(`${prefix}/${route || target.name}`),
        methods: new Set((methods ?? []).map((method) => method.toUpperCase())),
        level: (authLevel ?? 'function').toLowerCase() as AuthLevel,
      };
    });
  return functions.toSorted((a, b) => a.route.precedence - b.route.precedence);
}

/** The function for a method and path, if there is one. */
export function matchFunction(
  functions: readonly HttpFunction[],
  method: string,
  path: string,
): HttpMatch | undefined {
  for (const each of functions) {
    if (each.methods.size > 0 && !each.methods.has(method)) continue;
    const params = each.route.match(path);
    if (params !== null) return { function: each, params };
  }
  return undefined;
}

/** Runs the function and answers; rejects with what it threw, before anything was sent. */
export async function answerWithFunction(
  app: FunctionApp,
  match: HttpMatch,
  clientJson: () => string,
  request: IncomingMessage,
  url: URL,
  response: ServerResponse,
): Promise<void> {
  const { target } = match.function;
  const http = await toHttpData(request, url, match.params);
  const { returnValue } = await app.invoke(target, {
    invocationId: randomUUID(),
    inputs: [{ name: target.trigger.name, data: { http } }, ...extraInputs(target, clientJson)],
  });
  sendHttpData(response, returnValue?.http);
}

async function toHttpData(
  request: IncomingMessage,
  url: URL,
  params: Record<string, string>,
): Promise<HttpData> {
  const body = await readBody(request);
  return {
    method: request.method ?? 'GET',
    url: url.href,
    nullableHeaders: toNullable(joinedHeaders(request)),
    nullableQuery: toNullable(joinedQuery(url)),
    nullableParams: toNullable(params),
    body: body.length === 0 ? undefined : { bytes: body },
  };
}

function toNullable(values: Record<string, string>): Record<string, { value: string }> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}

function joinedHeaders(request: IncomingMessage): Record<string, string> {
  const entries = Object.entries(request.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(',') : (value ?? ''),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function joinedQuery(url: URL): Record<string, string> {
  return Object.fromEntries(
    [...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name).join(',')]),
  );
}

function sendHttpData(response: ServerResponse, data: HttpData | undefined): void {
  if (data === undefined) {
    response.writeHead(204).end();
    return;
  }
  for (const [name, value] of Object.entries(data.headers ?? {})) response.appendHeader(name, value);
  for (const cookie of data.cookies ?? []) response.appendHeader('set-cookie', formatCookie(cookie));
  response.writeHead(Number(data.statusCode ?? 200));
  const bytes = data.body?.bytes;
  response.end(bytes === undefined ? undefined : Buffer.from(bytes));
}
