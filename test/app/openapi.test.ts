/** The description of the API is right by OpenAPI's own schema, holds every route, and is what the app serves. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { describeApi } from '../../src/app/api/openapi.ts';
import { routeNamed, routeNames } from '../../src/contracts/routes/table.ts';
import { TestApi } from '../support/api.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld } from '../support/world.ts';

interface Operation {
  readonly operationId: string;
  readonly security: readonly [{ readonly entra: readonly string[] }];
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const description = describeApi('1.2.3') as unknown as Description;

test('it is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(JSON.parse(JSON.stringify(description)) as never);
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(validator.version).toBe('3.1');
});

test('a description that is wrong is found to be so', async () => {
  const wrong = { ...description, paths: { '/x': { get: { responses: 'none' } } } };
  expect((await new Validator().validate(wrong as never)).valid).toBe(false);
});

test('it holds every route once, with its roles, its parameters and what it answers, and nothing else', () => {
  const described = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
  );
  expect(described.map(({ operationId }) => operationId).toSorted()).toEqual(routeNames.toSorted());
  for (const { path, method, operationId, security, parameters, responses, requestBody } of described) {
    const route = routeNamed(operationId as (typeof routeNames)[number]);
    expect([path, method]).toEqual([`/api/v1/${route.path}`, route.method.toLowerCase()]);
    expect(security).toEqual([{ entra: route.roles }]);
    const named = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
    expect(named).toEqual([...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    expect(Object.keys(responses)).toEqual(
      expect.arrayContaining([...Object.keys(route.answers), 'default']),
    );
    expect(requestBody === undefined).toBe(route.body === undefined);
  }
});

test('it is served to whoever has a role', async () => {
  const world = makeWorld(new VirtualWallClock());
  const { json, status } = await (await TestApi.over(world)).get('openapi.json');
  expect(status).toBe(200);
  expect(json).toEqual(JSON.parse(JSON.stringify(describeApi(world.deps.softwareVersion))));
});
