/** The API's description in OpenAPI 3.1, made from the table of routes and the very schemas that requests are read by. */
import { z } from 'zod';
import { problemDocument } from '../../contracts/api/problem.ts';
import type { Route } from '../../contracts/routes/route.ts';
import { routeNamed, routeNames } from '../../contracts/routes/table.ts';

type Json = Readonly<Record<string, unknown>>;

const dialect = 'https://json-schema.org/draft/2020-12/schema';

/** What a request may say. */
const asked = (schema: z.ZodType): Json => bare(z.toJSONSchema(schema, { io: 'input' }));

/** What an answer says; later versions may say more. */
const told = (schema: z.ZodType): Json =>
  bare(
    z.toJSONSchema(schema, {
      io: 'output',
      override: ({ jsonSchema }) => {
        if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      },
    }),
  );

function bare(schema: Json): Json {
  const { $schema: _, '~standard': __, ...rest } = schema;
  return rest;
}

/** The description of this version. */
export function describeApi(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const name of routeNames) {
    const route = routeNamed(name);
    (paths[`/api/v1/${route.path}`] ??= {})[route.method.toLowerCase()] = operationOf(name, route);
  }
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: dialect,
    info: { title: 'Lifeboat', version, description: about },
    paths,
    components: {
      schemas: { Problem: told(problemDocument) },
      responses: {
        Problem: {
          description: 'What went wrong, and what to do next (RFC 9457)',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      securitySchemes: {
        entra: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'An access token of Entra ID, version 2.0, with one of the roles that the operation names',
        },
      },
    },
  };
}

const about = 'Backups and proven restores of the systems of one region. Each region has an app of its own.';

function operationOf(name: string, route: Route): Json {
  return {
    operationId: name,
    summary: route.summary,
    security: [{ entra: route.roles }],
    parameters: parametersOf(route),
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: asked(route.body) } } } }),
    responses: responsesOf(route),
  };
}

function parametersOf({ method, params, query }: Route): Json[] {
  return [
    ...membersOf(params).map(([name, { schema }]) => ({ name, in: 'path', required: true, schema })),
    ...membersOf(query).map(([name, member]) => ({ name, in: 'query', ...member })),
    method === 'POST'
      ? header(
          'Idempotency-Key',
          'The same request under the same key is done once',
          '^[\\x21-\\x7e]{1,200}$',
        )
      : header('If-None-Match', 'The ETag of what is known already', '.*'),
  ];
}

const header = (name: string, description: string, pattern: string): Json => ({
  ...{ name, in: 'header', required: false, description },
  schema: { type: 'string', pattern },
});

/** The members of an object's schema, each with whether it must be there. */
function membersOf(
  schema: z.ZodObject | undefined,
): [string, { readonly required: boolean; readonly schema: Json }][] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, member]) => [
    name,
    { required: required.includes(name), schema: member as Json },
  ]);
}

function responsesOf({ method, answers }: Route): Json {
  const responses: Record<string, Json> = {};
  for (const [status, answer] of Object.entries(answers)) {
    const contents = answer instanceof z.ZodType ? { 'application/json': answer } : answer;
    responses[status] = {
      description: descriptions[status] ?? 'Done',
      content: Object.fromEntries(
        Object.entries(contents).map(([type, schema]) => [type, { schema: told(schema) }]),
      ),
    };
  }
  if (method === 'GET') responses['304'] = { description: 'Known already: the ETag is the same' };
  return { ...responses, default: { $ref: '#/components/responses/Problem' } };
}

const descriptions: Readonly<Record<string, string>> = {
  201: 'Made',
  202: 'Begun: the URL in Location or in the answer says how it goes',
};
