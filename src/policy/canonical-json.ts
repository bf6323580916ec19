/**
 * Canonical JSON (RFC 8785 for the values that Lifeboat stores: objects, arrays, strings, finite numbers, booleans,
 * null) and digests over it. Two documents with the same facts have the same bytes, whatever order they were built
 * in; `undefined` members are left out as JSON.stringify does.
 */
import { createHash } from 'node:crypto';

/** The canonical text of a JSON value. Throws a TypeError for a number that JSON cannot hold. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return canonicalString(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return canonicalNumber(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value === 'object') return canonicalObject(value as Record<string, unknown>);
  throw new TypeError(`a ${typeof value} has no JSON form`);
}

/** Characters that stand for themselves in a JSON string; most texts have no other, and need no second look. */
const plain = /^[ !#-[\]-\u007e]*$/;

const canonicalString = (text: string): string => (plain.test(text) ? `"${text}"` : JSON.stringify(text));

function canonicalNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError('a number that is not finite has no JSON form');
  return JSON.stringify(value);
}

function canonicalObject(value: Record<string, unknown>): string {
  let members = '';
  for (const key of keysInOrder(value)) {
    const member = value[key];
    if (member !== undefined)
      members += `${members === '' ? '' : ','}${canonicalString(key)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}

/** RFC 8785 3.2.3: by UTF-16 code units, as strings compare. What was read from its own text is in order already. */
function keysInOrder(value: Record<string, unknown>): string[] {
  const keys = Object.keys(value);
  for (let at = 1; at < keys.length; at += 1)
    if ((keys[at - 1] as string) > (keys[at] as string)) return keys.toSorted();
  return keys;
}

/** `sha256-<hex>` over the canonical text. */
export function digestOf(value: unknown): string {
  return `sha256-${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}
