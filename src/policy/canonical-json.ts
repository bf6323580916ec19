/**
 * Canonical JSON (RFC 8785 for the values that Lifeboat stores: objects, arrays, strings, finite numbers, booleans,
 * null) and digests over it. Two documents with the same facts have the same bytes, whatever order they were built
 * in; `undefined` members are left out as JSON.stringify does.
 */
import { createHash } from 'node:crypto';

/** The canonical text of a JSON value. Throws a TypeError for a number that JSON cannot hold. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return canonicalNumber(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value === 'object') return canonicalObject(value as Record<string, unknown>);
  throw new TypeError(`a ${typeof value} has no JSON form`);
}

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError('a number that is not finite has no JSON form');
  return JSON.stringify(value);
}

function canonicalObject(value: Record<string, unknown>): string {
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    // RFC 8785 3.2.3: by UTF-16 code units, which is what the plain comparison does.
    .toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${members.join(',')}}`;
}

/** `sha256-<hex>` over the canonical text. */
export function digestOf(value: unknown): string {
  return `sha256-${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}
