/** After a prune that was disturbed by nothing and held up by nothing, nothing is left that should have gone. */
import type { PruneDocument } from '../../src/contracts/prune.ts';
import type { ListedBackup } from '../../src/policy/on-demand-slots.ts';
import type { BlobSnapshot } from '../../src/ports/content-store.ts';
import type { HeldBlob } from '../world/blob-account.ts';
import type { World } from '../world/world.ts';
import type { Verdict } from './broken.ts';
import { isOwnName, windowMs } from './limits.ts';
import type { Records } from './records.ts';

const hourMs = 3_600_000;

export class LeftOverRules {
  readonly #world: World;
  readonly #records: Records;
  readonly #verdict: Verdict;

  constructor(world: World, records: Records, verdict: Verdict) {
    this.#world = world;
    this.#records = records;
    this.#verdict = verdict;
  }

  /** Looks at what a prune came to, with the names of blobs that are known to be damaged. */
  look(prune: PruneDocument, knownDamaged: ReadonlySet<string>): void {
    const { faults, skewMs } = this.#world;
    if (prune.dryRun || prune.outcome !== 'done' || !faults.wasCalm || skewMs !== 0) return;
    // One that carries out an approved plan does what was planned then.
    if (this.#records.plans.get(prune.plan)?.prune !== prune.id) return;
    this.#backups(prune.id);
    for (const one of this.#world.account.snapshots.values()) this.#snapshot(prune.id, one, knownDamaged);
    for (const one of this.#world.account.blobs.values()) this.#versions(prune.id, one, knownDamaged);
  }

  #backups(prune: string): void {
    const { provider, sources } = this.#world;
    for (const server of sources.keys())
      for (const one of provider.backups(server, false)) this.#backup(prune, server, one);
  }

  #backup(prune: string, server: string, { name, completedAt }: ListedBackup): void {
    if (!isOwnName(name) || !this.#isOver(completedAt.toMillis())) return;
    const points = this.#records.pointsOf(server, name);
    const isKept = points.some((point) => point.pins.length > 0 || point.proven !== undefined);
    this.#verdict.must(
      isKept || this.#isHeld(),
      'nothing-left-over',
      () => `${prune} is done, and ${name} stands still`,
    );
  }

  #snapshot(
    prune: string,
    { name, takenAt }: BlobSnapshot & { readonly takenAt: number },
    knownDamaged: ReadonlySet<string>,
  ): void {
    this.#verdict.must(
      !this.#isOver(takenAt) || knownDamaged.has(name) || this.#isHeld(),
      'nothing-left-over',
      () => `${prune} is done, and a snapshot of ${name} stands still`,
    );
  }

  /** A blob's last version may be all that there is of it: since when it is, the product has to find out. */
  #versions(prune: string, { name, versions, current }: HeldBlob, knownDamaged: ReadonlySet<string>): void {
    for (const [index, { endedAt }] of versions.entries()) {
      const next = versions[index + 1]?.at ?? current?.createdAt;
      if (next === undefined) continue;
      // Where a blob was gone for a while, a listing tells only when it came back.
      this.#verdict.must(
        !this.#isOver(Math.max(endedAt, next.toMillis())) || knownDamaged.has(name) || this.#isHeld(),
        'nothing-left-over',
        () => `${prune} is done, and a version of ${name} stands still`,
      );
    }
  }

  /** Left-overs are at most this much older than the window: the time between two prunes, and two hours. */
  #isOver(at: number): boolean {
    const { timeline, variant } = this.#world;
    const isDaily = variant.estate.systems[0]?.schedules.prune.cron.endsWith('* * *') === true;
    return timeline.now - at > windowMs + (isDaily ? 26 : 50) * hourMs;
  }

  /** Any hold that is not released excuses whatever stands. */
  #isHeld(): boolean {
    return [...this.#records.holds.values()].some(({ hold }) => hold.released === undefined);
  }
}
