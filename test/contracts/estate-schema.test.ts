import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { beforeAll, describe, expect, test } from 'vitest';
import { estateJsonSchema } from '../../src/contracts/estate-schema.ts';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
}

const schema = estateJsonSchema() as Schema;

/** Where a value does not follow the part of JSON Schema that the estate's schema is written in. */
function violations(value: unknown, by: Schema, path = ''): string[] {
  if (by.const !== undefined && value !== by.const) return [`${path} const`];
  if (by.enum !== undefined && !by.enum.includes(value)) return [`${path} enum`];
  if (typeof value === 'string') {
    if (by.type !== 'string' && by.type !== undefined) return [`${path} type`];
    return by.pattern === undefined || new RegExp(by.pattern, 'u').test(value) ? [] : [`${path} pattern`];
  }
  if (Array.isArray(value)) {
    const short = value.length < (by.minItems ?? 0) ? [`${path} minItems`] : [];
    return [
      ...short,
      ...value.flatMap((item, index) => violations(item, by.items ?? {}, `${path}[${index}]`)),
    ];
  }
  if (typeof value !== 'object' || value === null) return [];
  const missing = (by.required ?? [])
    .filter((key) => !(key in value))
    .map((key) => `${path}.${key} required`);
  return Object.entries(value).reduce((found, [key, member]) => {
    const of = by.properties?.[key];
    if (of === undefined)
      return by.additionalProperties === false ? [...found, `${path}.${key} unknown`] : found;
    return [...found, ...violations(member, of, `${path}.${key}`)];
  }, missing);
}

let sample: Record<string, unknown>;
beforeAll(async () => {
  sample = parse(await readFile(new URL('../../estate.yaml', import.meta.url), 'utf8')) as typeof sample;
});

describe('the JSON Schema of the estate file', () => {
  test('is of draft 2020-12, has a title and survives JSON', () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Lifeboat estate',
      type: 'object',
    });
  });

  test('accepts the sample', () => {
    expect(violations(sample, schema)).toEqual([]);
  });

  test('does not ask for what has a default', () => {
    const database =
      schema.properties?.['systems']?.items?.properties?.['regions']?.items?.properties?.['databases']?.items;
    expect(database?.required).toEqual(['id', 'server', 'name', 'redundancy']);
  });

  test.each([
    [{ version: 2 }, '.version const'],
    [{ systems: [] }, '.systems minItems'],
    [{ systems: [{ id: 'X' }] }, '.systems[0].id pattern'],
    [{ colour: 'red' }, '.colour unknown'],
  ])('refuses %j', (change, violation) => {
    expect(violations({ ...sample, ...change }, schema)).toContain(violation);
  });
});
