/**
 * What the reading of a long log leaves for the next activity: its events in a packed document, and then how far it is.
 * Two attempts at one portion may end at different records: each writes its own events, and the document of the portion
 * says which of them count.
 */
import { hash } from 'node:crypto';
import type { ChangeLogHead } from '../../contracts/change-records.ts';
import {
  changeEventsHeader,
  changeProgressDocument,
  type ChangeEventsHeader,
  type ChangeProgressDocument,
} from '../../contracts/scan-documents.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import { eventBytes } from '../change-records/changed-addresses.ts';
import type { LogPortion } from '../change-records/verify-log.ts';
import type { Dependencies } from '../dependencies.ts';
import { readPacked, writePacked, type PackedKind } from '../packed-documents.ts';
import type { ScrubStore } from '../scrub-state.ts';
import { createOrRead, needDocument, readDocument } from '../vault-documents.ts';

const sumCharacters = 16;

/** A portion of the log of a store in a scan. */
export interface ChangePortion {
  readonly of: ScrubStore;
  readonly scan: string;
  readonly portion: number;
}

/** How far the log was read at the end of a portion; undefined if that was not written. */
export function readChangePortion(
  deps: Dependencies,
  { of, scan, portion }: ChangePortion,
): Promise<ChangeProgressDocument | undefined> {
  const path = vaultPaths.changeProgress(of.scope, scan, of.store, portion);
  return readDocument(deps.vault, path, changeProgressDocument);
}

/** Puts the reading down: its events, then how far it is. */
export async function writeChangePortion(
  deps: Dependencies,
  { of, scan, portion }: ChangePortion,
  { progress, events, firstPortion }: Omit<LogPortion, 'isAnew'> & { readonly firstPortion: number },
  earlierHead: ChangeLogHead | undefined,
): Promise<void> {
  const items = Buffer.concat(events);
  const sum = hash('sha256', items, 'hex').slice(0, sumCharacters);
  const header: ChangeEventsHeader = {
    schema: 'lifeboat/change-events/v1',
    ...{ scan, store: of.store, portion, count: events.length },
  };
  await writePacked(
    deps.vault,
    pathOf({ of, scan, portion }, sum),
    kindOf({ of, scan, portion }),
    header,
    items,
  );
  const path = vaultPaths.changeProgress(of.scope, scan, of.store, portion);
  await createOrRead(deps.vault, path, changeProgressDocument, {
    schema: 'lifeboat/change-progress/v1',
    ...{ scan, store: of.store, progress, events: sum, firstPortion },
    ...(earlierHead === undefined ? {} : { earlierHead }),
  });
}

/** The events of every portion that counts, up to one. */
export async function* eventsUntil(
  deps: Dependencies,
  { of, scan, portion: last }: ChangePortion,
  firstPortion: number,
): AsyncGenerator<Uint8Array> {
  const width = eventBytes(of.digestBytes);
  for (let portion = firstPortion; portion <= last; portion += 1) {
    const path = vaultPaths.changeProgress(of.scope, scan, of.store, portion);
    const { events } = await needDocument(deps.vault, path, changeProgressDocument);
    const chunks: Uint8Array[] = [];
    const name = { of, scan, portion };
    await readPacked(deps.vault, pathOf(name, events), kindOf(name), (items) =>
      chunks.push(Uint8Array.from(items)),
    );
    for (const chunk of chunks)
      for (let at = 0; at < chunk.length; at += width) yield chunk.subarray(at, at + width);
  }
}

const pathOf = ({ of, scan, portion }: ChangePortion, sum: string): string =>
  vaultPaths.scanRecords(
    of.scope,
    scan,
    of.store,
    'changes',
    `events-${String(portion).padStart(6, '0')}.${sum}`,
  );

function kindOf({ of, scan, portion }: ChangePortion): PackedKind<ChangeEventsHeader> {
  return {
    schema: changeEventsHeader,
    itemBytes: eventBytes(of.digestBytes),
    problemOf: (header) =>
      header.scan === scan && header.store === of.store && header.portion === portion
        ? undefined
        : 'it stands where that of another portion belongs',
  };
}
