import { describe, expect, test } from 'vitest';
import { parseRouteTemplate } from '../../../local/functions-host/http/route-template.ts';

const match = (template: string, path: string): Record<string, string> | null =>
  parseRouteTemplate(template).match(path);

describe('a route template', () => {
  test.each([
    ['api/items/{id}', '/api/Items/a%20b', { id: 'a b' }],
    ['api/items/{id?}', '/api/items', {}],
    ['api/items/{id?}', '/api/items/1', { id: '1' }],
    ['api/items/{id=7}', '/api/items', { id: '7' }],
    ['api/{category:alpha}/{id:int}', '/api/books/12', { category: 'books', id: '12' }],
    ['api/{name:length(2,3)}', '/api/abc', { name: 'abc' }],
    ['api/{*rest}', '/api/a/b/c', { rest: 'a/b/c' }],
    ['api/{*rest}', '/api', {}],
    ['a-{x}.{y}', '/a-1.z', { x: '1', y: 'z' }],
  ])('%s matches %s', (template, path, values) => {
    expect(match(template, path)).toEqual(values);
  });

  test.each([
    ['api/items/{id}', '/api/items'],
    ['api/items/{id}', '/api/items/1/2'],
    ['api/{id:int}', '/api/x'],
    ['api/{id:int}', '/api/99999999999'],
    ['api/{id:range(1,5)}', '/api/6'],
    ['api/{id:guid}', '/api/not-a-guid'],
    ['api/{id}', '/api/%E0%A4%A'],
    ['api', '/other'],
  ])('%s does not match %s', (template, path) => {
    expect(match(template, path)).toBeNull();
  });

  test('gives literals precedence over constrained, constrained over free, and free over rest parameters', () => {
    const inOrder = ['api/items/special', 'api/items/{id:int}', 'api/items/{id}', 'api/items/{*rest}'];
    const precedences = inOrder.map((template) => parseRouteTemplate(template).precedence);
    expect(precedences).toEqual(precedences.toSorted((a, b) => a - b));
    expect(new Set(precedences).size).toBe(inOrder.length);
  });

  test('with an unknown constraint is an error', () => {
    expect(() => parseRouteTemplate('api/{id:colour}')).toThrow('colour');
  });
});
