/**
 * Which of Lifeboat's own documents in the vault may be removed at all: whatever decides that something is to go, a path
 * outside these folders is refused. Whether a document that may go shall go is decided elsewhere, by kind.
 */

/** The kinds of documents that may go, and the folders of a system that they lie in, each in a folder of its owner. */
const removable = {
  /** What a scan works with until its result is written, and the findings that only the newest scans need. */
  'scan-documents': ['scan-records', 'expected', 'scan-parts', 'scan-plans'],
  /** A drill's report with everything that lies beside it: evidence, signature, what its steps wrote. */
  reports: ['reports'],
} as const;

export type RemovableKind = keyof typeof removable;
export const removableKinds = Object.keys(removable) as [RemovableKind, ...RemovableKind[]];

/** The folders of a kind, in the order in which they are emptied: what tells of the others comes last. */
export const removableFolders = (kind: RemovableKind): readonly string[] => removable[kind];

/** What is wrong with a path that is to go; undefined if it is a document of that kind below the system's own root. */
export function refusalOfPath(root: string, kind: RemovableKind, path: string): string | undefined {
  const [folder, owner, ...rest] = path.startsWith(`${root}/`) ? path.slice(root.length + 1).split('/') : [];
  const isOfKind = folder !== undefined && removableFolders(kind).includes(folder);
  const isPlain = [owner ?? '', ...rest].every((part) => part !== '' && part !== '.' && part !== '..');
  if (isOfKind && isPlain && rest.length > 0) return undefined;
  return `${path} is no document of the kind ${kind} below ${root}`;
}
