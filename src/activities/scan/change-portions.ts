/**
 * What the verification of a long log leaves from portion to portion: packed documents, and then how far it is. Two
 * attempts at one portion may end at different records: each writes its own documents, and that of the portion says
 * which of them count.
 */
import { hash } from 'node:crypto';
import {
  changeEventsHeader,
  changeProgressDocument,
  changeStatementsHeader,
  type ChangeEventsHeader,
  type ChangeProgressDocument,
  type ChangeStatementsHeader,
} from '../../contracts/scan-documents.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { bucketCount, bucketsOf, problemOfBuckets, readBuckets } from '../bucketed-documents.ts';
import { eventBytes, statementBytes } from '../change-records/changed-addresses.ts';
import type { Dependencies } from '../dependencies.ts';
import { writePacked, type PackedKind } from '../packed-documents.ts';
import type { ScrubStore } from '../scrub-state.ts';
import { createOrRead, needDocument, readDocument } from '../vault-documents.ts';

const sumCharacters = 16;

/** A portion of the verification of a store's log in a scan. */
export interface ChangePortion {
  readonly of: ScrubStore;
  readonly scan: string;
  readonly portion: number;
}

/** How far the verification is, without what names it. */
export type ChangeState = Omit<ChangeProgressDocument, 'schema' | 'scan' | 'store'>;

/** How far the log was at the end of a portion; undefined if that was not written. */
export function readChangePortion(
  deps: Dependencies,
  { of, scan, portion }: ChangePortion,
): Promise<ChangeProgressDocument | undefined> {
  const path = vaultPaths.changeProgress(of.scope, scan, of.store, portion);
  return readDocument(deps.vault, path, changeProgressDocument);
}

/** Puts the verification down; what stands there already counts. */
export async function writeChangePortion(
  deps: Dependencies,
  { of, scan, portion }: ChangePortion,
  state: ChangeState,
): Promise<void> {
  const path = vaultPaths.changeProgress(of.scope, scan, of.store, portion);
  await createOrRead(deps.vault, path, changeProgressDocument, {
    schema: 'lifeboat/change-progress/v2',
    ...{ scan, store: of.store },
    ...state,
  });
}

/** Writes the events of a portion, in whatever order they come; what names them, undefined if there are none. */
export async function writeEvents(
  deps: Dependencies,
  at: ChangePortion,
  events: readonly Buffer[],
): Promise<string | undefined> {
  return events.length === 0 ? undefined : write(deps, at, eventsKind(at), events);
}

/** Writes statements about addresses that a portion came to, in whatever order they come; what names them. */
export function writeStatements(
  deps: Dependencies,
  at: ChangePortion,
  statements: readonly Buffer[],
): Promise<string> {
  return write(deps, at, statementsKind(at), statements);
}

/** The events of all portions up to one, whose objects begin with a byte in `[from, to)`: document by document. */
export const eventsBetween = (
  deps: Dependencies,
  at: ChangePortion,
  firstPortion: number,
  firstBytes: readonly [number, number],
): AsyncGenerator<Buffer> =>
  packedBetween(deps, at, firstPortion, firstBytes, eventsKind, ({ events }) =>
    events === undefined ? [] : [events],
  );

/** The statements of all portions up to one, about addresses that begin with a byte in `[from, to)`. */
export const statementsBetween = (
  deps: Dependencies,
  at: ChangePortion,
  firstPortion: number,
  firstBytes: readonly [number, number],
): AsyncGenerator<Buffer> =>
  packedBetween(deps, at, firstPortion, firstBytes, statementsKind, ({ statements }) => statements);

async function* packedBetween<H extends Header>(
  deps: Dependencies,
  at: ChangePortion,
  firstPortion: number,
  [from, to]: readonly [number, number],
  kindOf: (at: ChangePortion) => ChangeKind<H>,
  sumsOf: (progress: ChangeProgressDocument) => readonly string[],
): AsyncGenerator<Buffer> {
  for (let portion = firstPortion; portion <= at.portion; portion += 1) {
    const own = { ...at, portion };
    const kind = kindOf(own);
    for (const sum of sumsOf(await needPortion(deps, own)))
      yield readBuckets(deps.vault, pathOf(own, kind, sum), kind, from, to);
  }
}

/** How many first bytes are taken together so that about so many items of a log of `records` are. */
export const bucketsAtOnce = (items: number, records: number): number =>
  Math.min(bucketCount, Math.max(1, Math.floor((bucketCount * items) / Math.max(1, records))));

const needPortion = (
  deps: Dependencies,
  { of, scan, portion }: ChangePortion,
): Promise<ChangeProgressDocument> =>
  needDocument(
    deps.vault,
    vaultPaths.changeProgress(of.scope, scan, of.store, portion),
    changeProgressDocument,
  );

type Header = ChangeEventsHeader | ChangeStatementsHeader;

interface ChangeKind<H extends Header> extends PackedKind<H> {
  readonly name: 'events' | 'statements';
  readonly version: H['schema'];
}

function eventsKind(at: ChangePortion): ChangeKind<ChangeEventsHeader> {
  return {
    ...{ name: 'events', version: 'lifeboat/change-events/v2', schema: changeEventsHeader },
    itemBytes: eventBytes(at.of.digestBytes),
    problemOf: (header) => problemOf(header, at),
  };
}

function statementsKind(at: ChangePortion): ChangeKind<ChangeStatementsHeader> {
  return {
    ...{ name: 'statements', version: 'lifeboat/change-statements/v1', schema: changeStatementsHeader },
    itemBytes: statementBytes(at.of.digestBytes),
    problemOf: (header) => problemOf(header, at),
  };
}

const problemOf = (header: Header, { of, scan, portion }: ChangePortion): string | undefined =>
  header.scan === scan && header.store === of.store && header.portion === portion
    ? problemOfBuckets(header)
    : 'it stands where that of another portion belongs';

async function write<H extends Header>(
  deps: Dependencies,
  at: ChangePortion,
  kind: ChangeKind<H>,
  unordered: readonly Buffer[],
): Promise<string> {
  const items = Buffer.concat(unordered.toSorted((a, b) => a.compare(b)));
  const sum = hash('sha256', items, 'hex').slice(0, sumCharacters);
  const header = {
    ...{ schema: kind.version, scan: at.scan, store: at.of.store, portion: at.portion },
    ...{ count: unordered.length, buckets: bucketsOf(items, kind.itemBytes) },
  } as H;
  await writePacked(deps.vault, pathOf(at, kind, sum), kind, header, items);
  return sum;
}

const pathOf = ({ of, scan, portion }: ChangePortion, { name }: { name: string }, sum: string): string =>
  vaultPaths.scanRecords(
    of.scope,
    scan,
    of.store,
    'changes',
    `${name}-${String(portion).padStart(6, '0')}.${sum}`,
  );
