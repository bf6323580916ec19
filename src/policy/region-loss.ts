/**
 * Can a system be brought up in the paired region? Pure. Nothing of a region is ever brought into another one but what the
 * provider keeps there already, and only where the estate names that region: everything else of a deployment stays in its
 * own.
 */

/** What a region has, as the estate describes it. */
export interface LosableRegion {
  readonly region: string;
  readonly drill: { readonly pairedRegion?: string | undefined };
  readonly databases: readonly Part[];
  readonly blobStores: readonly Part[];
}

interface Part {
  readonly id: string;
  readonly redundancy: string;
}

const isGeo = ({ redundancy }: Part): boolean => redundancy.startsWith('geo');

/** Why nothing can be brought up in another region; undefined if it can. */
export function regionLossProblem(region: LosableRegion): string | undefined {
  const { drill, databases, blobStores } = region;
  const stays = [
    ...databases.filter((one) => !isGeo(one)).map(({ id }) => `database ${id}`),
    ...blobStores.filter((one) => !isGeo(one)).map(({ id }) => `blob store ${id}`),
  ];
  if (stays.length > 0)
    return `nothing of it lies in another region: ${stays.join(', ')} would be lost with ${region.region}`;
  if (drill.pairedRegion === undefined)
    return `the estate names no paired region of ${region.region}: nothing may be restored in another one`;
  return undefined;
}

/**
 * Whether a blob that is not on the secondary came after the last instant up to which everything is there. Services tell
 * both in whole seconds: what was written in the very second may have come after it.
 */
export function isNotReplicatedYet(writtenAt: number | undefined, lastSyncAt: number | undefined): boolean {
  return writtenAt !== undefined && lastSyncAt !== undefined && writtenAt >= lastSyncAt;
}
