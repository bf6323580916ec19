/**
 * Restored servers: each is made once, never again once its removal was begun; nothing is ever removed but a drill's own
 * server and what a cancelled restore made; no other stands past its time to live without a word to people.
 */
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { scratchPrefix } from '../../src/policy/identifiers.ts';
import { restoreTags } from '../../src/policy/server-removal.ts';
import { safetyMargins } from '../../src/policy/safety-margins.ts';
import { dayMs } from '../world/provider-model.ts';
import type { ProviderEffect } from '../world/provider-parts.ts';
import { pairedRegions } from '../../test/support/sample-estate.ts';
import { region, scope, type World } from '../world/world.ts';
import { isPermitted } from './restore-permits.ts';
import type { Verdict } from './broken.ts';
import type { Records } from './records.ts';

/** The longest that any drill may need, and what the reaper, who comes a few times a day, may be late. */
const longestMs = safetyMargins.drillServerTimeToLiveSeconds * 1000 + 44 * 3_600_000;

export class ServerRules {
  readonly #world: World;
  readonly #records: Records;
  readonly #verdict: Verdict;
  readonly #made = new Set<string>();
  /** When the removal of each was begun. */
  readonly #removed = new Map<string, number>();

  constructor(world: World, records: Records, verdict: Verdict) {
    this.#world = world;
    this.#records = records;
    this.#verdict = verdict;
  }

  /** Looks at an effect before it happens. */
  look(effect: ProviderEffect): void {
    if (effect.kind === 'restore') {
      this.#mayRestore(effect.server, effect.sentAt);
      this.#mayBeThere(effect);
    } else if (effect.kind === 'delete-server') this.#mayRemove(effect.server);
  }

  #mayRestore(server: string, sentAt: number): void {
    const must = this.#verdict.must.bind(this.#verdict);
    must(!this.#world.sources.has(server), 'only-drill-servers', () => 'a restore onto the protected server');
    const name = server.split('/').at(-1) ?? '';
    must(
      name.startsWith('drill-') || isPermitted(this.#world.vault, server),
      'restore-permitted',
      () => `${server} is restored without the word of another person, or of one who may go on alone`,
    );
    const removedAt = this.#removed.get(server);
    // A request that was on its way before the removal was begun nobody can call back: the reaper takes what it makes.
    const wasOnItsWay = removedAt !== undefined && sentAt < removedAt;
    must(
      !this.#made.has(server) || wasOnItsWay,
      'no-effect-twice',
      () => `${server} is restored a second time`,
    );
    must(
      removedAt === undefined || wasOnItsWay,
      'no-effect-twice',
      () => `${server} is restored after its removal was begun`,
    );
    this.#made.add(server);
  }

  /** Nothing is made in another region but what is restored in the one that the estate names for the loss of this one. */
  #mayBeThere({ server, location, mode }: Extract<ProviderEffect, { kind: 'restore' }>): void {
    this.#verdict.must(
      location === (mode === 'geo' ? pairedRegions[region] : region),
      'regions-apart',
      () => `${server} is made in ${location}`,
    );
  }

  #mayRemove(server: string): void {
    const must = this.#verdict.must.bind(this.#verdict);
    const name = server.split('/').at(-1) ?? '';
    must(
      this.#made.has(server) && (name.startsWith('drill-') || this.#isCancelled(server)),
      'only-drill-servers',
      () => `${server} is removed`,
    );
    const entry = this.#records.intents.get(server);
    must(
      entry !== undefined,
      'ledger-before-deletion',
      () => `${name} is removed, and the ledger has no intent`,
    );
    if (!this.#removed.has(server)) this.#removed.set(server, this.#world.timeline.now);
  }

  /** A restored server goes only while its restore is cancelled, and never once it was told as ready. */
  #isCancelled(server: string): boolean {
    const restore = this.#world.provider.get(server)?.facts.tags[restoreTags.restore] ?? '';
    const { vault } = this.#world;
    return (
      vault.get(vaultPaths.restoreCancel(scope, restore)) !== undefined &&
      vault.get(vaultPaths.restore(scope, restore)) === undefined
    );
  }

  /** A scratch container is removed as a whole, and not without a line in the ledger. */
  removes(container: string): void {
    this.#verdict.must(
      container.startsWith(scratchPrefix) && this.#records.intents.get(container) !== undefined,
      'ledger-before-deletion',
      () => `${container} is removed, and the ledger has no intent`,
    );
  }

  /** Looks for containers that have leaked. */
  #lookForScratch(): void {
    const { scratch, timeline } = this.#world;
    for (const { container, changedAt } of scratch.facts())
      this.#verdict.must(
        timeline.now - (changedAt?.toMillis() ?? 0) <= longestMs || this.#isAtWork(),
        'leaked-container',
        () => `${container} stands since ${changedAt?.toISO() ?? ''}`,
      );
  }

  /** Looks for servers and containers that have leaked: called in calm weather. */
  lookForLeaks(): void {
    this.#lookForScratch();
    const { provider, timeline } = this.#world;
    for (const server of provider.standing()) {
      if (this.#world.sources.has(server) || this.#isKept(server)) continue;
      const createdAt = provider.get(server)?.facts.createdAt?.toMillis() ?? 0;
      const name = server.split('/').at(-1) ?? '';
      const isTold = this.#records.openAlert(`server-left-behind-${name}`) !== undefined;
      const isOverdue = timeline.now - createdAt > longestMs;
      this.#verdict.must(
        !isOverdue || isTold || this.#isAtWork() || this.#isHeld(),
        'leaked-server',
        () => `${name} stands since ${new Date(createdAt).toISOString()}, and nobody was told`,
      );
    }
  }

  /** Whether a hold keeps everything, or did until a moment ago: then no server goes, and counsel wants it so. */
  #isHeld(): boolean {
    const lately = this.#world.timeline.now - dayMs;
    return [...this.#records.holds.values()].some(
      ({ hold: { what, released, until } }) =>
        'everything' in what &&
        (released === undefined || Date.parse(released.at) > lately) &&
        (until === undefined || Date.parse(until) > lately),
    );
  }

  /** What a restore made stays, unless the restore was cancelled. */
  #isKept(server: string): boolean {
    const restore = this.#world.provider.get(server)?.facts.tags[restoreTags.restore];
    return (
      restore !== undefined && this.#world.vault.get(vaultPaths.restoreCancel(scope, restore)) === undefined
    );
  }

  /** Whether a drill has begun and not ended: it may still remove what it made. */
  #isAtWork(): boolean {
    return this.#world.hub.instances
      .list({ statuses: ['Pending', 'Running', 'Suspended'] }, Infinity)
      .some((one) => ['restoreDrill', 'removeServer', 'restore'].includes(one.name));
  }
}
