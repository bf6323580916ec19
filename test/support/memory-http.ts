/** The operator's hooks and application in memory: what each address answers, and everything that was sent there. */
import { Failure } from '../../src/policy/failure.ts';
import type { HttpAnswer, HttpRequest, HttpRequests } from '../../src/ports/http-requests.ts';

/** What an address answers; undefined: it cannot be reached. */
export type Reply = Partial<HttpAnswer> | undefined;

export class MemoryHttp implements HttpRequests {
  readonly sent: HttpRequest[] = [];
  readonly routes = new Map<string, () => Reply>();
  /** Called before each answer, as the time that it takes. */
  onSent: () => void = () => undefined;

  /** Answers a method and address, such as `GET https://app.example/`. */
  on(route: string, ...replies: readonly Reply[]): this {
    let at = 0;
    this.routes.set(route, () => replies[Math.min(at++, replies.length - 1)]);
    return this;
  }

  send(request: HttpRequest): Promise<HttpAnswer> {
    this.sent.push(structuredClone(request));
    this.onSent();
    const reply = this.routes.get(`${request.method} ${request.url}`)?.();
    if (reply !== undefined) return Promise.resolve({ status: 200, text: '', isCut: false, ...reply });
    const { origin } = new URL(request.url);
    return Promise.reject(new Failure('unavailable', `${origin} cannot be reached: refused`, 'Look at it.'));
  }

  /** What was sent, as `GET https://…`. */
  get asked(): string[] {
    return this.sent.map(({ method, url }) => `${method} ${url}`);
  }
}
