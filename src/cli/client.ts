/**
 * The client of one region's HTTP API, over the table of its routes. Every answer is checked against its contract before
 * anybody uses it; whatever is not the promised answer becomes a `Failure`: the app's own, when it sent a problem
 * document, otherwise one that says what stands at that URL instead.
 */
import type { z } from 'zod';
import type { Route } from '../contracts/routes/route.ts';
import { routeNamed, type RouteName, type routes } from '../contracts/routes/table.ts';
import { Failure } from '../policy/failure.ts';
import { failureOf, jsonIn } from './answers.ts';
import type { TokenSource } from './login.ts';
import { exchange, type Answer } from './transport.ts';

/** One region's deployment: where its app answers. */
export interface Deployment {
  readonly region: string;
  readonly url: string;
}

export interface ApiClientOptions {
  /** A certificate authority (PEM) to trust beside the usual ones. */
  readonly ca?: string | undefined;
  /** How long one answer may take; default: 60. */
  readonly timeoutSeconds?: number | undefined;
  /** Ends every request at once when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** What a request says besides its route. */
interface Asked {
  readonly params?: Readonly<Record<string, string>>;
  /** Left out where undefined. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: object;
}

type Routes = typeof routes;
type Answers<N extends RouteName> = Routes[N]['answers'];
/** The JSON that a route answers when it did what was asked. */
type Said<N extends RouteName> = Answers<N>[keyof Answers<N>] extends infer S
  ? S extends z.ZodType
    ? z.output<S>
    : never
  : never;
/** A route with places in its path is asked with all of them, one with a body with that. */
type AskedOf<N extends RouteName> = Asked &
  (Routes[N] extends { readonly params: infer P extends z.ZodObject }
    ? { readonly params: Record<keyof z.input<P>, string> }
    : unknown) &
  (Routes[N] extends { readonly body: infer B extends z.ZodType } ? { readonly body: z.input<B> } : unknown);

const defaultTimeoutSeconds = 60;
/** Speaks to one deployment; every method throws a `Failure` when the promised answer does not come. */
export class ApiClient {
  readonly region: string;
  readonly url: string;
  readonly #tokens: TokenSource;
  readonly #options: ApiClientOptions;

  constructor(deployment: Deployment, tokens: TokenSource, options: ApiClientOptions = {}) {
    this.region = deployment.region;
    this.url = deployment.url.replace(/\/+$/, '');
    this.#tokens = tokens;
    this.#options = options;
  }

  /** Asks by a route's name; what it answers. */
  call<N extends RouteName>(name: N, asked: AskedOf<N>): Promise<Said<N>> {
    const [said] = Object.values(routeNamed(name).answers);
    return this.json(name, asked, said as z.ZodType<Said<N>>);
  }

  /** The same for one of several JSON documents that a route answers. */
  async json<N extends RouteName, T>(name: N, asked: AskedOf<N>, shape: z.ZodType<T>): Promise<T> {
    const route = routeNamed(name);
    const { text } = await this.#ask(route, asked);
    const parsed = shape.safeParse(jsonIn(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const place = issue?.path.join('.') || 'the document';
    throw this.#unknownForm(pathOf(route, asked), `${place}: ${issue?.message}`);
  }

  /** The same for an answer that is no JSON. */
  async text<N extends RouteName>(name: N, asked: AskedOf<N>, mediaType: string): Promise<string> {
    const answer = await this.#ask(routeNamed(name), asked);
    if (answer.contentType.startsWith(mediaType)) return answer.text;
    throw this.#unknownForm(`the ${name}`, `is not ${mediaType}`);
  }

  async #ask(route: Route, asked: Asked): Promise<Answer> {
    const { ca, signal, timeoutSeconds = defaultTimeoutSeconds } = this.#options;
    const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
    const headers = {
      authorization: `Bearer ${await this.#tokens()}`,
      accept: 'application/json, application/jose, text/markdown, application/problem+json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const url = new URL(`${this.url}/api/v1/${pathOf(route, asked)}`);
    const answer = await exchange({ url, method: route.method, headers, body, ca, signal, timeoutSeconds });
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw failureOf(url, answer);
  }

  #unknownForm(what: string, problem: string): Failure {
    return new Failure(
      'bad-document',
      `The app at ${this.url} answered ${what} in a form that this command does not know: ${problem}.`,
      'Use the command of the same version as the app, and check that the url in the profile is that of the app.',
    );
  }
}

/** Path and query of a request, below `/api/v1/`. */
function pathOf({ path }: Route, { params = {}, query = {} }: Asked): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const asked = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return asked.length === 0 ? filled : `${filled}?${new URLSearchParams(asked).toString()}`;
}
