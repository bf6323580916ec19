/**
 * The description of a database's schema as it is kept with a recovery point, as text: a line that says what it is,
 * one line for each object as JSON `[kind, name, definition]`, sorted, and a last line with their number and digest, so
 * that a cut or changed one is recognised. Written and read as a stream: no schema is too large.
 */
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { RecordedSchema } from '../../contracts/documents.ts';
import { Failure } from '../../policy/failure.ts';
import type { SchemaObject } from '../../policy/schema-comparison.ts';
import type { DatabaseSession } from '../../ports/database.ts';
import type { VaultStreams } from '../../ports/vault.ts';
import { pinnedForSchema, schemaSql, sequenceValueKind } from './catalogue-sql.ts';

const batchRows = 500;

/** Describes the schema as it is now; the session is in no transaction. */
export async function* describeSchema(session: DatabaseSession): AsyncGenerator<SchemaObject> {
  await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await session.query(pinnedForSchema);
  for await (const rows of session.batches(schemaSql, batchRows))
    for (const { kind, name, definition } of rows)
      yield { kind: kind ?? '', name: name ?? '', definition: definition ?? '' };
  await session.query('COMMIT');
}

const lineOf = ({ kind, name, definition }: SchemaObject): string =>
  `${JSON.stringify([kind, name, definition])}\n`;

/** The digest over the definitions alone: without how far the sequences have come. */
export async function definitionsDigest(objects: AsyncIterable<SchemaObject>): Promise<string> {
  const digest = createHash('sha256');
  for await (const one of objects) if (one.kind !== sequenceValueKind) digest.update(lineOf(one));
  return `sha256-${digest.digest('hex')}`;
}

/** Writes a description; the path must be new. Returns what a point keeps of it, and the digest of the definitions. */
export async function writeSchema(
  vault: VaultStreams,
  path: string,
  about: Record<string, unknown>,
  objects: AsyncIterable<SchemaObject>,
): Promise<Omit<RecordedSchema, 'isSteady'> & { readonly definitions: string }> {
  const [digest, definitions] = [createHash('sha256'), createHash('sha256')];
  let count = 0;
  async function* text(): AsyncGenerator<Buffer> {
    yield Buffer.from(`${JSON.stringify({ schema: 'lifeboat/schema/v1', ...about })}\n`);
    for await (const one of objects) {
      const line = lineOf(one);
      digest.update(line);
      if (one.kind !== sequenceValueKind) definitions.update(line);
      count += 1;
      yield Buffer.from(line);
    }
    const sum = digest.copy().digest('hex');
    yield Buffer.from(`${JSON.stringify({ objects: count, digest: `sha256-${sum}` })}\n`);
  }
  const content = Readable.from(text(), { objectMode: false });
  if (!(await vault.createFrom(path, content, 'application/jsonl; charset=utf-8')))
    throw new Failure('conflict', `${path} exists already`, 'The snapshot is taken again under a new name.');
  return {
    ...{ path, objects: count, digest: `sha256-${digest.digest('hex')}` },
    definitions: `sha256-${definitions.digest('hex')}`,
  };
}

/** Reads a description back; throws `bad-document` at the end if it is not what was recorded. */
export async function* readSchema(
  vault: VaultStreams,
  { path, digest: expected, objects }: RecordedSchema,
): AsyncGenerator<SchemaObject> {
  const digest = createHash('sha256');
  let count = 0;
  for await (const line of createInterface({ input: await vault.open(path), crlfDelay: Infinity })) {
    if (!line.startsWith('[')) continue; // What it is, or its sum: the point has that.
    digest.update(`${line}\n`);
    count += 1;
    yield objectIn(line, path);
  }
  if (count !== objects || `sha256-${digest.digest('hex')}` !== expected) throw damaged(path);
}

function objectIn(line: string, path: string): SchemaObject {
  try {
    const [kind, name, definition] = JSON.parse(line) as unknown[];
    if (typeof kind === 'string' && typeof name === 'string' && typeof definition === 'string')
      return { kind, name, definition };
  } catch {
    // Said below.
  }
  throw damaged(path);
}

const damaged = (path: string): Failure =>
  new Failure(
    'bad-document',
    `the description of the schema ${path} is not what was recorded`,
    'It was changed outside Lifeboat. Restore it from an earlier version of the blob, or drill another point.',
  );
