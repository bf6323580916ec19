/**
 * Reads the legal holds of a scope. A document that is no hold of that name and scope is reported beside the others and
 * holds everything, so that neither damage nor a mix-up lets anything go; a vault that gives no answer is a failure.
 */
import { holdDocument, type HoldDocument } from '../contracts/holds.ts';
import { instantOf } from '../contracts/values.ts';
import { vaultPaths, type Scope } from '../contracts/vault-paths.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import type { Hold, Holds, HoldSubject } from '../policy/holds.ts';
import { personText } from '../policy/person-name.ts';
import type { Dependencies } from './dependencies.ts';
import { readDocument } from './vault-documents.ts';

/** Every hold document of a scope, in the order of its id, and what is wrong with those that cannot be read. */
export interface HoldDocuments {
  readonly documents: readonly HoldDocument[];
  readonly damaged: readonly { readonly path: string; readonly problem: string }[];
}

/** Reads every hold of a scope, released ones too. */
export async function readHolds(deps: Dependencies, scope: Scope): Promise<HoldDocuments> {
  const documents: HoldDocument[] = [];
  const damaged: { path: string; problem: string }[] = [];
  for await (const path of deps.vault.list(vaultPaths.holds(scope))) {
    try {
      const document = await readAt(deps, path);
      if (document !== undefined) documents.push(document);
    } catch (thrown) {
      const failure = failureFrom(thrown);
      if (failure.code !== 'bad-document') throw thrown;
      damaged.push({ path, problem: failure.message });
    }
  }
  return { documents, damaged };
}

/** One hold; undefined if there is none of that id, `bad-document` if it cannot be read. */
export function readHold(deps: Dependencies, scope: Scope, id: string): Promise<HoldDocument | undefined> {
  return readAt(deps, vaultPaths.hold(scope, id));
}

async function readAt(deps: Dependencies, path: string): Promise<HoldDocument | undefined> {
  const document = await readDocument(deps.vault, path, holdDocument);
  if (document === undefined || path === vaultPaths.hold(document, document.id)) return document;
  throw new Failure(
    'bad-document',
    `${path} in the vault is the document of another hold`,
    'It was copied or moved outside Lifeboat; nothing was changed now.',
  );
}

/** The holds as the policy weighs them. */
export async function standingHolds(deps: Dependencies, scope: Scope): Promise<Holds> {
  const { documents, damaged } = await readHolds(deps, scope);
  return { readable: documents.map(holdOf), unreadable: damaged };
}

/** A document as the policy weighs it. */
export function holdOf({ id, what, reason, by, byName, until, released }: HoldDocument): Hold {
  return {
    ...{
      id,
      reason,
      by: personText(by, byName),
      subject: subjectOf(what),
      isReleased: released !== undefined,
    },
    until: until === undefined ? undefined : instantOf(until),
  };
}

function subjectOf(what: HoldDocument['what']): HoldSubject {
  if ('point' in what) return { kind: 'point', point: what.point };
  if ('from' in what) return { kind: 'time', from: instantOf(what.from), to: instantOf(what.to) };
  return { kind: 'everything' };
}
