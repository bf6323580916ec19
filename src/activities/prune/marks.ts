/**
 * The marks of content stores: read for every look, written by a look that a plan is made of. They are replaced only as
 * they were read: of two looks at once one writes, and the other's marks begin with the next look. A document that is
 * damaged is taken for none: everything in it is marked anew, and waits as long as anything else.
 */
import { createHash } from 'node:crypto';
import { contentMarksDocument, type ContentMarksDocument } from '../../contracts/content-marks.ts';
import { isoOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { digestOf } from '../../policy/canonical-json.ts';
import { markedBy, packMarks, unpackMarks, type Marks } from '../../policy/content-marks.ts';
import type { Dependencies } from '../dependencies.ts';
import { bytesOf } from '../vault-documents.ts';

/** What is marked: blobs that nothing refers to, and blobs without a current version. */
export type Marked = 'unreferenced' | 'ended';

/** The marks of a store as they were read, and what this look has found of it. */
export interface StoreMarks {
  readonly store: string;
  /** The vault's version of the document; undefined: there is none. */
  readonly version: string | undefined;
  readonly before: Readonly<Record<Marked, Marks>>;
  readonly found: Readonly<Record<Marked, Set<string>>>;
  /** What this look did not look at keeps its marks as they are. */
  readonly looked: Set<Marked>;
}

/** How a blob is known in the marks. */
export const markKey = (name: string): string => createHash('sha256').update(name).digest('hex');

/** Reads the marks of a store. */
export async function readMarks(deps: Dependencies, scope: Scope, store: string): Promise<StoreMarks> {
  const path = vaultPaths.contentMarks(scope, store);
  const standing = await deps.vault.read(path);
  const found = { unreferenced: new Set<string>(), ended: new Set<string>() };
  const about = { store, version: standing?.version, found, looked: new Set<Marked>() };
  const document = standing === undefined ? undefined : soundDocument(standing.bytes, scope, store);
  const marksIn = (kind: Marked): Marks => (document === undefined ? new Map() : marksOf(document[kind]));
  return { ...about, before: { unreferenced: marksIn('unreferenced'), ended: marksIn('ended') } };
}

function soundDocument(bytes: Buffer, scope: Scope, store: string): ContentMarksDocument | undefined {
  const { data } = contentMarksDocument.safeParse(jsonIn(bytes));
  const isOfStore = data?.store === store && data.system === scope.system && data.region === scope.region;
  return isOfStore ? data : undefined;
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function marksOf({ items, digest }: ContentMarksDocument[Marked]): Marks {
  return digestOf(items) === digest ? (unpackMarks(Buffer.from(items, 'base64')) ?? new Map()) : new Map();
}

/** Whether there is anything to mark, or anything marked. */
export const needsWriting = ({ version, found, looked }: StoreMarks): boolean =>
  looked.size > 0 && (version !== undefined || found.unreferenced.size + found.ended.size > 0);

/** Writes what a complete look has found; `false` if another look was faster. */
export async function writeMarks(
  deps: Dependencies,
  scope: Scope,
  prune: string,
  { store, version, before, found, looked }: StoreMarks,
): Promise<boolean> {
  const now = deps.clock.now();
  const packed = (kind: Marked): ContentMarksDocument[Marked] => {
    const marks = looked.has(kind)
      ? markedBy(before[kind], found[kind], Math.floor(now.toSeconds()))
      : before[kind];
    const items = Buffer.from(packMarks(marks)).toString('base64');
    return { count: marks.size, items, digest: digestOf(items) };
  };
  const bytes = bytesOf(
    contentMarksDocument.parse({
      schema: 'lifeboat/content-marks/v1',
      ...{ system: scope.system, region: scope.region, store, at: isoOf(now), prune },
      ...{ unreferenced: packed('unreferenced'), ended: packed('ended') },
    }),
  );
  const path = vaultPaths.contentMarks(scope, store);
  return version === undefined
    ? deps.vault.create(path, bytes, 'application/json')
    : deps.vault.replace(path, version, bytes);
}
