/** Whether an answer is one that the API's description promises: status, media type, JSON. */
import { z } from 'zod';
import { describeApi } from '../../src/app/api/openapi.ts';

interface Response {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}
interface Description {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Response>> }>>>
  >;
  readonly components: { readonly schemas: { readonly Problem: object } };
}

const description = describeApi('tests') as unknown as Description;
const read = new Map<object, z.ZodType>();

/** A schema of the description as something that checks; made once. */
function checkerOf(schema: object): z.ZodType {
  const known = read.get(schema) ?? z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  read.set(schema, known);
  return known;
}

export interface Answered {
  readonly method: string;
  /** The route's path below `/api/v1/`; without one no route took the request. */
  readonly path: string | undefined;
  readonly status: number;
  readonly type: string;
  readonly json: unknown;
}

/** Throws unless the answer is documented. */
export function mustBeDocumented({ method, path, status, type, json }: Answered): void {
  if (status >= 400) {
    if (type !== 'application/problem+json') throw new Error(`${status} is no problem document`);
    return void checkerOf(description.components.schemas.Problem).parse(json);
  }
  const response = description.paths[`/api/v1/${path}`]?.[method.toLowerCase()]?.responses[status];
  if (response === undefined) throw new Error(`${method} ${path} does not promise ${status}`);
  if (response.content === undefined) return;
  const promised = response.content[type.split(';')[0] ?? ''];
  if (promised === undefined) throw new Error(`${method} ${path} does not promise ${type}`);
  if (type.startsWith('application/json')) checkerOf(promised.schema).parse(json);
}
