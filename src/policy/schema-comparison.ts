/**
 * How one object of a schema stands to what was recorded of it. Definitions must be the same text. A sequence must not
 * be behind the value that it had: it would give numbers out twice. That it is ahead means nothing, since a sequence
 * jumps ahead when a server recovers.
 */

/** One object: kind and name name it, the definition says what it is. */
export interface SchemaObject {
  readonly kind: string;
  readonly name: string;
  readonly definition: string;
}

/** The order in which objects are described and compared: by the bytes of kind and name. */
export function compareObjects(a: SchemaObject, b: SchemaObject): number {
  const byKind = Buffer.compare(Buffer.from(a.kind), Buffer.from(b.kind));
  return byKind === 0 ? Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)) : byKind;
}

const value = /^(-?\d+|none) by (-?\d+)$/;

/** What is wrong with an object that was recorded and is there; undefined where nothing is. */
export function differenceOf(
  recorded: SchemaObject,
  found: SchemaObject,
  isSequenceValue: boolean,
): string | undefined {
  const what = `${recorded.kind} ${recorded.name}`;
  if (!isSequenceValue)
    return recorded.definition === found.definition
      ? undefined
      : `${what} is another: recorded "${recorded.definition}", found "${found.definition}"`;
  const [, was = 'none', by = '1'] = value.exec(recorded.definition) ?? [];
  const [, is = 'none'] = value.exec(found.definition) ?? [];
  if (was === 'none') return undefined;
  const isBehind = is === 'none' || (BigInt(is) - BigInt(was)) * BigInt(by) < 0n;
  return isBehind ? `${what} is behind: it had given out ${was}, and stands at ${is}` : undefined;
}

/** What is said of an object that stands on one side only. */
export const missingObject = ({ kind, name }: SchemaObject): string => `${kind} ${name} is missing`;
export const unexpectedObject = ({ kind, name }: SchemaObject): string =>
  `${kind} ${name} was not there before`;
