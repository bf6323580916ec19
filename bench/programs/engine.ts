/**
 * The engine alone: lists a container and hashes its blobs, in portions as large as the shipped scan's, and throws the
 * records away. With several threads the container is divided by the first character of the digests.
 */
import pMap from 'p-map';
import { systemClock } from '../../src/azure/clock.ts';
import { compileLayout } from '../../src/policy/address-layout.ts';
import { ScrubRecords } from '../../src/policy/scrub-records.ts';
import type { BlobScanner, ScanPortion } from '../../src/ports/blob-scanner.ts';
import { ScanEngine } from '../../src/scan-engine/engine.ts';
import { defaultSettings } from '../../src/scan-engine/settings.ts';
import { ThreadedBlobScanner } from '../../src/scan-engine/threaded-blob-scanner.ts';
import { layout } from '../layout.ts';
import { bearerHeader, readOrder, tellOutcome, type EngineOrder } from './arguments.ts';

const portionMilliseconds = 10_000;
const portionBlobs = 25_000;

const order = readOrder() as EngineOrder;
const authorize = (): Promise<{ header: string }> => Promise.resolve({ header: bearerHeader });
const totals = { listed: 0, hashed: 0, bytes: 0, doubtful: 0 };

if (order.threads === 0) {
  const engine = new ScanEngine({ authorize, settings: defaultSettings });
  const nowSeconds = (): number => Math.floor(Date.now() / 1_000);
  await scanPrefix({ scan: (portion) => engine.scan(portion, { nowSeconds }) }, '');
  engine.close();
} else {
  const { threads } = order;
  // As in a scan that has been going on for a while.
  const patienceMilliseconds = 0;
  const scanner = new ThreadedBlobScanner({ authorize, clock: systemClock, threads, patienceMilliseconds });
  await pMap(prefixes(), (prefix) => scanPrefix(scanner, prefix), { concurrency: threads });
  await scanner.close();
}
tellOutcome(totals);

function prefixes(): string[] {
  if (order.threads === 1) return [''];
  const { prefixOf } = compileLayout(layout);
  return Array.from('0123456789abcdef', (leading) => prefixOf(leading));
}

async function scanPrefix(scanner: BlobScanner, prefix: string): Promise<void> {
  const { account, container, concurrency, isHashing } = order;
  const portion: ScanPortion = {
    store: { account, container },
    ...{ layout, prefix, token: undefined, concurrency },
    rule: { unknown: isHashing, bad: false, verifiedBefore: 0 },
    known: new ScrubRecords(new Uint8Array(), 32),
    ...{ milliseconds: portionMilliseconds, blobs: portionBlobs },
  };
  let token: string | undefined;
  do {
    const { listed, hashed, doubtful, next, records } = await scanner.scan({ ...portion, token });
    // As the shipped scan does once they are written down.
    records.release();
    totals.listed += listed.blobs;
    totals.hashed += hashed.blobs;
    totals.bytes += hashed.bytes;
    totals.doubtful += doubtful.length;
    token = next;
  } while (token !== undefined);
}
