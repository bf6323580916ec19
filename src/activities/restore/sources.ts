/** What every restore begins with, a drill's and a person's: what is meant, and where each database comes from. */
import type { RecoveryPoint } from '../../contracts/documents.ts';
import type { EstateDatabase } from '../../contracts/estate.ts';
import { instantOf, isoOf } from '../../contracts/values.ts';
import { Failure } from '../../policy/failure.ts';
import {
  reachableHint,
  unreachable,
  type OrderedInstant,
  type RestoreChoice,
} from '../../policy/restore-target.ts';
import type { ServerFacts } from '../../ports/database-servers.ts';
import type { Dependencies } from '../dependencies.ts';
import { serverHere } from '../scope.ts';

/** An instant or the name of a point, whichever a checked text is. */
export function instantOrPoint(text: string): ReturnType<typeof instantOf> | { readonly point: string } {
  return text.endsWith('Z') && text.includes(':') ? instantOf(text) : { point: text };
}

/** The instant that a database is brought to; undefined if the point does not hold it. */
export function instantFor(
  choice: RestoreChoice,
  point: RecoveryPoint | undefined,
  { id }: Pick<EstateDatabase, 'id'>,
): string | undefined {
  if (choice.kind === 'instant') return isoOf(choice.instant);
  return point?.databases.find((one) => one.database === id)?.instant;
}

/** From where to when a database is brought. */
export interface SourceWish {
  readonly database: string;
  readonly server: string;
  readonly instant: string;
}

/** The server that a database is restored from, if the provider can bring it to the instant. */
export async function sourceFor(deps: Dependencies, wish: SourceWish): Promise<ServerFacts> {
  const source = await serverHere(deps, wish.server);
  mustReach(source, wish);
  return source;
}

/** Throws `refused` unless the provider can bring a server that stands to the instant. */
export function mustReach(
  { earliestRestore: earliest, createdAt }: Pick<ServerFacts, 'earliestRestore' | 'createdAt'>,
  { database, instant: wanted }: Pick<SourceWish, 'database' | 'instant'>,
  ordered?: OrderedInstant,
): void {
  const instant = instantOf(wanted);
  const beyond = unreachable(instant, earliest);
  if (beyond === undefined) return;
  const hint = reachableHint({ earliest, createdAt }, instant, ordered);
  throw new Failure('refused', `${database}: ${beyond}`, hint);
}
