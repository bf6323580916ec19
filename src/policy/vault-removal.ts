/**
 * Which of Lifeboat's own documents in the vault may be removed at all, and for which reason: whatever decides that
 * something is to go, a path that the table of documents does not let go is refused. Whether a document that may go shall
 * go is decided elsewhere, by kind.
 */
import { foldersRemovedBy, ownDocumentAt, type DocumentRemoval } from './own-documents.ts';

/** The kinds of removals, and what the table must say of a document that goes by them. */
const removable = {
  /** What a scan works with until its result is written, and the findings that only the newest scans need. */
  'scan-documents': ['scan'],
  /** A drill's report with everything that lies beside it: evidence, signature, what its steps wrote. */
  reports: ['report'],
  /** Records that outlived their use, one by one; what drills without a report left behind among them. */
  'own-documents': ['prune', 'report'],
} as const satisfies Readonly<Record<string, readonly DocumentRemoval['by'][]>>;

export type RemovableKind = keyof typeof removable;
export const removableKinds = Object.keys(removable) as [RemovableKind, ...RemovableKind[]];

/** The folders of a kind, in the order in which they are emptied: what tells of the others comes last. */
export const removableFolders = (kind: RemovableKind): readonly string[] =>
  foldersRemovedBy(...removable[kind]);

/** What is wrong with a path that is to go; undefined if it is a document of that kind below the system's own root. */
export function refusalOfPath(root: string, kind: RemovableKind, path: string): string | undefined {
  const by: readonly DocumentRemoval['by'][] = removable[kind];
  const document = path.startsWith(`${root}/`) ? ownDocumentAt(path.slice(root.length + 1)) : undefined;
  if (document !== undefined && by.includes(document.removal.by)) return undefined;
  return `${path} is no document of the kind ${kind} below ${root}`;
}
