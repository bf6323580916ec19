/** A whole audit log with its checkpoints, as files that a test can tamper with. */
import { audit } from '../../src/activities/records.ts';
import { checkpointAudit } from '../../src/activities/audit-checkpoints.ts';
import type { SigningKeyFile } from '../../src/contracts/signing.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { firstOfSegment } from '../../src/policy/audit-chain.ts';
import type { LogFile, LogFiles } from '../../src/verification/log-files.ts';
import type { TrustedKey } from '../../src/verification/signature.ts';
import { region, scope } from './sample-estate.ts';
import type { VirtualWallClock } from './wall-clock.ts';
import { makeWorld, type World } from './world.ts';

/** Lines by the names of their files. */
export type Files = Map<string, string[]>;

/** A log as it stands in its two containers. */
export interface LogCopy {
  readonly segments: Files;
  readonly unchained: Files;
  readonly checkpoints: Files;
  readonly copies: Files;
}

/** How a log is made. */
export interface LogOrder {
  readonly entries: number;
  readonly perCheckpoint: number;
  /** A new segment begins after so many. */
  readonly perDay: number;
  /** The key is rotated after so many. */
  readonly perKey?: number;
}

/** Makes a log of so many entries (and those that end its segments), with a checkpoint behind the last. */
export async function makeLog(clock: VirtualWallClock, order: LogOrder): Promise<World> {
  const world = makeWorld(clock);
  for (let n = 1; n <= order.entries; n += 1) {
    await audit(world.deps, scope, { action: 'snapshot', target: `point ${n}`, stage: 'intent' });
    if (n % (order.perKey ?? Infinity) === 0) world.signer.rotate();
    if (n % order.perCheckpoint === 0 || n === order.entries) await checkpointAudit(world.deps, scope);
    if (n % order.perDay === 0) clock.advance(24 * 3_600);
  }
  return world;
}

export function copyOf({ vault, checkpoints }: Pick<World, 'vault' | 'checkpoints'>): LogCopy {
  const read = (from: World['vault'], prefix: string): Files =>
    new Map(
      from
        .paths(prefix)
        .map((path) => [path.slice(prefix.length), from.text(path).split('\n').slice(0, -1)] as const),
    );
  const audits = read(vault, vaultPaths.auditSegments(scope));
  const only = (chained: boolean): Files =>
    new Map([...audits].filter(([name]) => (firstOfSegment(name) !== undefined) === chained));
  return {
    ...{ segments: only(true), unchained: only(false) },
    checkpoints: read(checkpoints, vaultPaths.auditCheckpoints(scope)),
    copies: read(vault, vaultPaths.auditCheckpoints(scope)),
  };
}

/** The same, to tamper with. */
export const cloneOf = (copy: LogCopy): LogCopy => structuredClone(copy);

export const filesOf = (copy: LogCopy): LogFiles => ({
  ...scope,
  segments: listed(copy.segments),
  unchained: listed(copy.unchained),
  checkpoints: listed(copy.checkpoints),
  copies: listed(copy.copies),
});

const listed = (files: Files): LogFile[] =>
  [...files]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, lines]) => ({
      name,
      open: async function* open() {
        yield Buffer.from(lines.map((line) => `${line}\n`).join(''));
      },
    }));

/** The keys that stand in the vault. */
export const keysIn = ({ vault }: Pick<World, 'vault'>): TrustedKey[] =>
  vault.paths(vaultPaths.signingKeys(region)).map((file) => {
    const about = vault.json<SigningKeyFile>(file);
    return { jwk: about.jwk, file, about };
  });

/** Every entry: the file it stands in and its place there. */
export const placesOf = (files: Files): { name: string; at: number }[] =>
  [...files].flatMap(([name, lines]) => lines.map((_, at) => ({ name, at })));
