/**
 * Decides what happened to Cloud Storage's objects over the history: which were created, updated, copied and deleted,
 * when and by which device. Invariant: an object's operations are in order, a delete comes last, a copy refers to the
 * content of an object that was there, and content is uploaded exactly if a live object still refers to it.
 */
import type { ChangeOperation } from '../../../src/policy/change-records.ts';
import type { Random } from '../random.ts';

/** One operation on an object; `content` numbers the planned content, absent for a delete. */
export interface Change {
  readonly fraction: number;
  readonly object: number;
  readonly operation: ChangeOperation;
  /** The object's version after a create or an update, counted from 1; 0 for a delete. */
  readonly version: number;
  readonly content: number | undefined;
}

/** An object's whole life. */
export interface ObjectLife {
  /** The object whose tenant it shares: itself, or the object that it is a copy of. */
  readonly family: number;
  readonly created: number;
  readonly deleted: number | undefined;
  /** Contents in the order of the versions. */
  readonly contents: readonly number[];
}

/** All changes in chronological order, the lives they belong to, and which contents are still referred to. */
export interface History {
  readonly changes: readonly Change[];
  readonly objects: readonly ObjectLife[];
  readonly live: ReadonlySet<number>;
}

/** Everything is over by this fraction for objects that were deleted: their content left the store long ago. */
const deletionPeriod = [0.55, 0.75] as const;

/** Draws a history with `liveContents` contents in live objects and `deletedObjects` objects that are gone. */
export function drawHistory(random: Random, liveContents: number, deletedObjects: number): History {
  const objects: ObjectLife[] = [];
  const changes: Change[] = [];
  const add = (life: NewLife, fractions: readonly number[]) => {
    const object = objects.length;
    objects.push({ family: object, ...life });
    changes.push(...changesOf(object, life, fractions));
  };
  addLiveObjects(random, liveContents, add);
  for (let gone = 0; gone < deletedObjects; gone++) addDeletedObject(random, liveContents + gone, add);
  addCopies(random, [...objects], add);
  changes.sort((one, other) => one.fraction - other.fraction || one.object - other.object);
  const live = new Set(objects.filter((life) => life.deleted === undefined).flatMap((life) => life.contents));
  return { changes, objects, live };
}

type NewLife = Omit<ObjectLife, 'family'> & { readonly family?: number };
type AddLife = (life: NewLife, fractions: readonly number[]) => void;

function changesOf(object: number, life: NewLife, fractions: readonly number[]): Change[] {
  const changes = life.contents.map((content, index): Change => {
    const operation = index === 0 ? 'create' : 'update';
    return { fraction: fractions[index] as number, object, operation, version: index + 1, content };
  });
  if (life.deleted === undefined) return changes;
  return [
    ...changes,
    { fraction: life.deleted, object, operation: 'delete', version: 0, content: undefined },
  ];
}

function addLiveObjects(random: Random, contents: number, add: AddLife): void {
  for (let next = 0; next < contents;) {
    const versions = Math.min(random.pick([1, 1, 1, 1, 1, 2, 2, 3]), contents - next);
    const own = Array.from({ length: versions }, (_, index) => next + index);
    next += versions;
    // A renamed object is updated too: a new version, the same content.
    if (random.chance(0.2)) own.push(own.at(-1) as number);
    const fractions = own.map(() => random.fraction()).toSorted((one, other) => one - other);
    add({ created: fractions[0] as number, deleted: undefined, contents: own }, fractions);
  }
}

function addDeletedObject(random: Random, content: number, add: AddLife): void {
  const created = random.fraction() * 0.5;
  const [from, to] = deletionPeriod;
  add({ created, deleted: from + random.fraction() * (to - from), contents: [content] }, [created]);
}

/** Every twelfth object is copied within its tenant, some of them shortly before they were deleted. */
function addCopies(random: Random, sources: readonly ObjectLife[], add: AddLife): void {
  for (let index = 0; index < sources.length; index += 12) {
    const family = sources.length - 1 - index;
    const source = sources[family] as ObjectLife;
    const created = source.created + random.fraction() * ((source.deleted ?? 1) - source.created);
    add({ family, created, deleted: undefined, contents: [source.contents[0] as number] }, [created]);
  }
}
