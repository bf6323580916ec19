/**
 * The connection to the resource manager: signed in with the deployment's identity, every request bounded in time,
 * none sent to another host than the configured one. A status URL that an answer points elsewhere is refused before a
 * token is attached to it.
 */
import { PostgreSQLManagementFlexibleServerClient } from '@azure/arm-postgresql-flexible';
import type { TokenCredential } from '@azure/identity';
import {
  bearerTokenAuthenticationPolicyName,
  createPipelineRequest,
  redirectPolicyName,
} from '@azure/core-rest-pipeline';
import { onlyThisHost } from './host-allow-list.ts';
import { jsonAnswer, type JsonBody } from './json-answers.ts';

const serverApiVersion = '2025-08-01';

const hint = 'Look into who answers for the resource manager; see the runbook "drill-failed".';

/** A JSON answer of the resource manager. */
export interface ResourceAnswer {
  readonly status: number;
  readonly body: JsonBody;
}

/** Clients for every subscription that the estate names, over one credential. */
export class ResourceManager {
  readonly #url: URL;
  readonly #credential: TokenCredential;
  readonly #audience: string;
  readonly #clients = new Map<string, PostgreSQLManagementFlexibleServerClient>();

  constructor(url: string, audience: string, credential: TokenCredential) {
    this.#url = new URL(url);
    this.#audience = audience;
    this.#credential = credential;
  }

  /** The client for a subscription. */
  client(subscription: string): PostgreSQLManagementFlexibleServerClient {
    const known = this.#clients.get(subscription);
    if (known !== undefined) return known;
    const client = new PostgreSQLManagementFlexibleServerClient(this.#credential, subscription, {
      endpoint: this.#url.origin,
      credentialScopes: `${this.#audience.replace(/\/$/, '')}/.default`,
    });
    client.pipeline.removePolicy({ name: redirectPolicyName });
    client.pipeline.addPolicy(onlyThisHost(this.#url.host, 'the resource manager', hint), {
      beforePolicies: [bearerTokenAuthenticationPolicyName],
    });
    this.#clients.set(subscription, client);
    return client;
  }

  /** The date that the resource manager gives when asked for a server; undefined if it gives none. */
  async dateOf(server: string): Promise<Date | undefined> {
    const url = new URL(`${server}?api-version=${serverApiVersion}`, this.#url).href;
    const client = this.client(server.split('/')[2] ?? '');
    const date = (await client.sendRequest(createPipelineRequest({ url, method: 'GET' }))).headers.get(
      'date',
    );
    return date === undefined ? undefined : new Date(date);
  }

  /** Reads a resource or a status document by its path or URL; throws a `RestError` for every answer that is no success. */
  async read(subscription: string, pathOrUrl: string): Promise<ResourceAnswer> {
    const url = new URL(pathOrUrl, this.#url).href;
    const response = await this.client(subscription).sendRequest(
      createPipelineRequest({ url, method: 'GET' }),
    );
    return { status: response.status, body: jsonAnswer(response) };
  }
}
