/**
 * Requests that name themselves: what was asked for is written down before anything is done, the answer after it. The same
 * request again gives that answer; another one under the same name is refused. Where the app died in between, the claim of
 * a run that was begun bears the request's id, so that the second sending finds it and begins no other.
 */
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { Dependencies } from '../../activities/dependencies.ts';
import { changeDocument, createOrRead } from '../../activities/vault-documents.ts';
import type { Actor } from '../../contracts/actor.ts';
import { idempotencyKey, keptRequest, type KeptRequest } from '../../contracts/requests.ts';
import { isoOf } from '../../contracts/values.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { digestOf } from '../../policy/canonical-json.ts';
import { Failure } from '../../policy/failure.ts';
import { WrongRequest, type Input } from './input.ts';

/** A request as runs that it begins are told of it. */
export type NamedRequest = Pick<KeptRequest, 'id' | 'at'>;

/** The name that a request brings; undefined where it has none. */
export function nameOf(request: HttpRequest): string | undefined {
  const given = request.headers.get('idempotency-key');
  if (given === null) return undefined;
  const read = idempotencyKey.safeParse(given);
  if (read.success) return read.data;
  const detail = read.error.issues[0]?.message ?? 'is none';
  throw new WrongRequest([{ at: 'header.Idempotency-Key', detail }]);
}

export interface Order {
  readonly route: string;
  readonly name: string;
  readonly actor: Actor;
  /** The system that it is about; the first of the region where it is about all of them. */
  readonly system: string;
  readonly input: Input;
}

/** Does the work of a request once. Throws `conflict` if its name is that of another one. */
export async function once(
  deps: Dependencies,
  order: Order,
  work: (request: NamedRequest) => Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  const asked = requestOf(deps, order);
  const path = vaultPaths.request(asked, asked.id);
  const kept = await createOrRead(deps.vault, path, keptRequest, asked);
  if (kept.digest !== asked.digest)
    throw new Failure(
      'conflict',
      'another request had this Idempotency-Key',
      'Give every request a key of its own, and only the same request the same one.',
    );
  if (kept.answer !== undefined) return answerAgain(kept.answer);
  const answer = keptAnswer(await work(kept));
  await changeDocument(deps.vault, path, keptRequest, (one) => ({ ...one, answer: one.answer ?? answer }));
  return answerAgain(answer);
}

function requestOf(deps: Dependencies, { route, name, actor, system, input }: Order): KeptRequest {
  const { subject, tenant } = actor;
  return {
    schema: 'lifeboat/request/v1',
    id: digestOf({ subject, tenant, name }).replace('sha256-', ''),
    ...{ system, region: deps.region, route },
    digest: digestOf(JSON.parse(JSON.stringify({ route, ...input }))),
    at: isoOf(deps.clock.now()),
  };
}

function keptAnswer({
  status = 200,
  headers,
  jsonBody,
}: HttpResponseInit): NonNullable<KeptRequest['answer']> {
  const location = (headers as Readonly<Record<string, string>> | undefined)?.['location'];
  return { status, ...(location === undefined ? {} : { location }), json: JSON.stringify(jsonBody) };
}

/** Byte for byte what was answered first. */
const answerAgain = ({ status, location, json }: NonNullable<KeptRequest['answer']>): HttpResponseInit => ({
  status,
  headers: { 'content-type': 'application/json', ...(location === undefined ? {} : { location }) },
  body: json,
});
