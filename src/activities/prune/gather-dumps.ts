/**
 * Dumps that somebody exports into containers of their own: each blob below a prefix that the estate names is one, as old
 * as its blob. Only containers that were approved are looked into: a prefix decides what is deleted. A container that does
 * not exist is told, and keeps only its own dumps from being judged: nothing else rests on them.
 */
import { dumpPlace } from '../../contracts/estate-protection.ts';
import type { EstateDump } from '../../contracts/estate.ts';
import { Failure, failureFrom } from '../../policy/failure.ts';
import type { ListedBlob } from '../../ports/content-store.ts';
import type { Dependencies } from '../dependencies.ts';
import { databaseOf, storeHere } from '../scope.ts';
import type { Around, Found } from './gather.ts';

export async function* gatherDumps(around: Around): AsyncGenerator<Found> {
  const { here, near, protection } = around;
  for (const place of here.region.dumps) {
    const isApproved = protection.dumps?.some((one) => one.id === place.id && one.at === dumpPlace(place).at);
    const asked = near?.startsWith(`${place.id}/`) === true ? near.slice(place.id.length + 1) : undefined;
    if (isApproved !== true || (near !== undefined && asked === undefined)) continue;
    try {
      yield* dumpsIn(around, place, asked);
    } catch (thrown) {
      const failure = failureFrom(thrown);
      if (failure.code !== 'not-found') throw thrown;
      around.absent.set(place.id, failure.message);
    }
  }
}

async function* dumpsIn(
  { deps, here, pins }: Around,
  place: EstateDump,
  asked: string | undefined,
): AsyncGenerator<Found> {
  await storeHere(deps, place);
  const servers = [...new Set(place.databases.map((id) => databaseOf(here.region, id).server))];
  for await (const { name, version, createdAt } of listed(deps, place, asked))
    yield {
      item: {
        ...{ kind: 'exported-dump', id: `${place.id}/${name}`, completedAt: createdAt },
        ...{ pins, servers, point: undefined },
      },
      place: { blob: { store: place.id, name, etag: version } },
    };
}

async function* listed(
  deps: Dependencies,
  place: EstateDump,
  asked: string | undefined,
): AsyncGenerator<ListedBlob> {
  let token: string | undefined;
  do {
    const page = await deps.contents.listPage(place, asked ?? place.prefix, token);
    for (const blob of page.blobs) {
      if (!blob.name.startsWith(place.prefix))
        throw new Failure(
          'unavailable',
          `${blob.name} was listed below ${place.prefix}`,
          'It is listed again.',
        );
      yield blob;
    }
    token = page.next;
  } while (token !== undefined);
}
