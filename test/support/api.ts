/** The API over a world of a test, as the host calls it: the route by method and path, then the product's way in. */
import { HttpRequest, type HttpResponseInit } from '@azure/functions';
import { parseRouteTemplate } from '../../local/functions-host/http/route-template.ts';
import type { ApiHub } from '../../src/app/api/handlers.ts';
import { serveRoute, serveUnknown, type Api } from '../../src/app/api/serve.ts';
import { roles, type Role } from '../../src/contracts/actor.ts';
import { routeNamed, routeNames } from '../../src/contracts/routes/table.ts';
import type { TaskHub } from '../../src/ports/task-hub.ts';
import { mustBeDocumented } from './documented.ts';
import { hubKnowing } from './known-runs.ts';
import { TestIssuer } from './issuer.ts';
import type { World } from './world.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The JSON in it, or undefined. */
  readonly json: unknown;
}

export interface Asked {
  readonly method: string;
  /** Below `/api/v1/`, with its query. */
  readonly path: string;
  readonly body?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

const templates = routeNames
  .map((name) => ({
    name,
    method: routeNamed(name).method,
    template: parseRouteTemplate(routeNamed(name).path),
  }))
  .toSorted((a, b) => a.template.precedence - b.template.precedence);

export class TestApi {
  readonly api: Api;
  readonly hub: ApiHub;
  readonly tokens: ReadonlyMap<Role, string>;

  private constructor(api: Api, hub: ApiHub, tokens: ReadonlyMap<Role, string>) {
    this.api = api;
    this.hub = hub;
    this.tokens = tokens;
  }

  static async over(
    { deps }: Pick<World, 'deps'>,
    { hub = hubKnowing(new Map(), deps.clock), issuer }: { hub?: TaskHub; issuer?: TestIssuer } = {},
  ): Promise<TestApi> {
    const by = issuer ?? (await TestIssuer.make());
    const nowSeconds = Math.floor(deps.clock.now().toSeconds());
    const tokens = await Promise.all(
      roles.map(async (role) => [role, await by.issue(nowSeconds, [role])] as const),
    );
    const api: Api = {
      ...{ deps, systems: deps.estate.systems.map(({ id }) => id) },
      settings: {
        vaultUrl: 'https://vault.example/vault',
        checkpointsUrl: 'https://apart.example/checkpoints',
      },
      tokens: by.tokens(deps.clock),
    };
    return new TestApi(api, { waiting: async () => [], suspended: async () => [], ...hub }, new Map(tokens));
  }

  /** Asks as somebody with a role. */
  as(role: Role, asked: Asked): Promise<Answer> {
    const authorization = `Bearer ${this.tokens.get(role)}`;
    return this.ask({ ...asked, headers: { authorization, ...asked.headers } });
  }

  get(path: string, role: Role = 'reader'): Promise<Answer> {
    return this.as(role, { method: 'GET', path });
  }

  post(path: string, body: unknown, role: Role = 'operator'): Promise<Answer> {
    return this.as(role, { method: 'POST', path, body: JSON.stringify(body) });
  }

  /** Asks with exactly these headers; an answer that the description does not promise is an error. */
  async ask({ method, path: asked, body, headers = {} }: Asked): Promise<Answer> {
    const url = new URL(`https://app.example/api/v1/${asked}`);
    const below = url.pathname.slice('/api/v1/'.length);
    const found = templates
      .map((one) => ({ ...one, params: one.template.match(below) }))
      .find((one) => one.method === method && one.params !== null);
    const request = new HttpRequest({
      ...{ method, url: url.href, headers, params: { ...found?.params } },
      query: Object.fromEntries(url.searchParams),
      ...(body === undefined ? {} : { body: { string: body } }),
    });
    const answer =
      found === undefined
        ? serveUnknown(this.api, request)
        : serveRoute(this.api, found.name, request, this.hub);
    const given = readAnswer(await answer);
    const path = found === undefined ? undefined : routeNamed(found.name).path;
    mustBeDocumented({ method, ...given, path, type: given.headers['content-type'] ?? 'application/json' });
    return given;
  }
}

const textOf = (body: HttpResponseInit['body']): string =>
  typeof body === 'string' ? body : Buffer.from((body ?? '') as Uint8Array).toString();

function readAnswer({ status = 200, headers, body, jsonBody }: HttpResponseInit): Answer {
  const text = jsonBody === undefined ? textOf(body) : JSON.stringify(jsonBody);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // A text, such as a report in Markdown.
  }
  return { status, headers: { ...(headers as Record<string, string>) }, text, json };
}
