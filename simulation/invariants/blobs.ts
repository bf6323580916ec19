/**
 * The protected store: what is written under an address hashes to it, nothing right is written over or deleted, the
 * damaged bytes are kept first; a snapshot goes only past the window, and not while its blob needs it.
 */
import type { PruneItem } from '../../src/contracts/prune.ts';
import type { BlobWatcher } from '../ports/blobs.ts';
import { isContentOf } from '../world/blob-account.ts';
import type { World } from '../world/world.ts';
import type { Verdict } from './broken.ts';
import { activityMs, toleranceMs, windowMs } from './limits.ts';
import { backupId, listedBackups } from './listed-backups.ts';
import type { PermitRules } from './permits.ts';
import type { Records } from './records.ts';

/** A scan a day finds damage; two may be lost to the weather. */
const foundAfterMs = 3 * 86_400_000;

export class BlobRules implements BlobWatcher {
  readonly #world: World;
  readonly #records: Records;
  readonly #verdict: Verdict;
  readonly #permits: PermitRules;
  readonly #knownDamaged: () => ReadonlySet<string>;

  constructor(
    world: World,
    records: Records,
    verdict: Verdict,
    permits: PermitRules,
    knownDamaged: () => ReadonlySet<string>,
  ) {
    this.#world = world;
    this.#records = records;
    this.#verdict = verdict;
    this.#permits = permits;
    this.#knownDamaged = knownDamaged;
  }

  deletesSnapshot(name: string, snapshot: string): void {
    const { account, timeline } = this.#world;
    this.#mustGo(
      { what: `a snapshot of ${name}`, id: `files/${name}@${snapshot}`, name },
      timeline.now - (account.snapshots.get(`${name}@${snapshot}`)?.takenAt ?? 0),
      (item) => item.snapshot?.name === name && item.snapshot.snapshot === snapshot,
    );
  }

  /** The age of a version counts from when it ceased to be the blob's content. */
  deletesVersion(name: string, version: string): void {
    const { account, timeline } = this.#world;
    const held = account.blobs.get(name)?.versions.find((one) => one.id === version);
    this.#mustGo(
      { what: `a version of ${name}`, id: `files/${name}@version-${version}`, name },
      timeline.now - (held?.endedAt ?? timeline.now),
      (item) => item.version?.name === name && item.version.version === version,
    );
  }

  /**
   * Nobody may refer to it: no row, unless it came just now, and no recovery point that something can be restored from.
   * The account must keep it, and somebody must have switched it on.
   */
  deletesBlob(name: string): void {
    const must = this.#verdict.must.bind(this.#verdict);
    const { account, database, timeline, variant, referredAgainAt } = this.#world;
    const [what, hex] = [`the blob ${name}`, name.slice(3)];
    must(variant.deletesUnreferenced, 'switched-on', () => `${what} is deleted, and nobody wants that`);
    must(account.keeping !== 'nothing', 'safety-net', () => `${what} is deleted, and cannot come back`);
    const isJustNow = timeline.now - (referredAgainAt.get(hex) ?? 0) < activityMs;
    must(
      isJustNow || !database.live.references.includes(hex),
      'nothing-referenced-deleted',
      () => `${what} is deleted, and a row refers to it`,
    );
    const point = this.#pointOn(hex);
    must(
      point === undefined,
      'nothing-referenced-deleted',
      () => `${what} is deleted, and ${point} refers to it`,
    );
    this.#mustGo(
      { what, id: `files/${name}`, name: undefined },
      timeline.now - (account.blobs.get(name)?.current?.modifiedAt.toMillis() ?? timeline.now),
      (item) => item.blob?.name === name,
    );
  }

  /** A recovery point that something can be restored from and that refers to a digest; undefined if none does. */
  #pointOn(hex: string): string | undefined {
    const { database } = this.#world;
    const standing = listedBackups(this.#world);
    return [...this.#records.points.values()].find(
      (point) =>
        point.databases.some(({ server, backup }) => standing.has(backupId(server, backup))) &&
        database.stateAt(Date.parse(point.instant))?.references.includes(hex) === true,
    )?.id;
  }

  /** What everything must meet that is deleted; a copy is needed while the blob of its `name` is damaged. */
  #mustGo(
    { what, id, name }: { readonly what: string; readonly id: string; readonly name: string | undefined },
    age: number,
    isItem: (item: PruneItem) => boolean,
  ): void {
    const must = this.#verdict.must.bind(this.#verdict);
    const { account, timeline, clockIsWrongSince } = this.#world;
    must(age >= windowMs - toleranceMs, 'window', () => `${what} goes ${age / 3_600_000} hours old`);
    const entry = this.#records.intents.get(id);
    must(entry !== undefined, 'ledger-before-deletion', () => `${what} goes without an intent`);
    const wrongSince = name === undefined ? undefined : account.blobs.get(name)?.wrongSince;
    const isNeeded =
      wrongSince !== undefined &&
      timeline.now - wrongSince > foundAfterMs &&
      this.#knownDamaged().has(name ?? '') &&
      // What is gone and was wanted by nobody is not repaired.
      (account.blobs.get(name ?? '')?.current !== undefined ||
        this.#world.database.live.references.includes(name?.slice(3) ?? '') ||
        this.#pointOn(name?.slice(3) ?? '') !== undefined);
    must(!isNeeded, 'repair-source', () => `${what} goes, and its blob is known to be damaged`);
    const isClockWrong = clockIsWrongSince !== undefined && timeline.now - clockIsWrongSince > activityMs;
    must(!isClockWrong, 'clock', () => `${what} goes by a clock that is off`);
    this.#permits.mustNotBeHeld(what, undefined, (hold) => timeline.now - hold.setAt > activityMs);
    this.#permits.mustBeReleased(what, isItem);
  }

  writes(name: string, bytes: Buffer): void {
    const must = this.#verdict.must.bind(this.#verdict);
    must(
      isContentOf(name, bytes),
      'hash-source-first',
      () => `content that is not of ${name} is written under it`,
    );
    const current = this.#world.account.blobs.get(name)?.current;
    if (current === undefined) return;
    must(
      !isContentOf(name, current.bytes),
      'nothing-right-overwritten',
      () => `${name} was right, and is written over`,
    );
    const etag = current.version.replaceAll(/[^0-9A-Za-z.-]/g, '');
    const kept = this.#world.vault.get(`v1/shop/westeurope/quarantine/files/${name.slice(3)}-${etag}`);
    must(
      kept?.bytes.equals(current.bytes) === true,
      'quarantine-first',
      () => `${name} is written over, not kept`,
    );
  }

  undeletes(name: string): void {
    const { account } = this.#world;
    this.#verdict.must(
      account.blobs.get(name)?.current === undefined || account.blobs.get(name)?.deleted === undefined,
      'nothing-right-overwritten',
      () => `${name} stands, and is undeleted over`,
    );
  }

  deletesAgain(name: string): void {
    const current = this.#world.account.blobs.get(name)?.current;
    const isRight = current !== undefined && isContentOf(name, current.bytes);
    this.#verdict.must(!isRight, 'nothing-referenced-deleted', () => `${name} is right, and is deleted`);
  }
}
