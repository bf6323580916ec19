/**
 * The provider of database servers: its servers, its daily automatic backups, on-demand backups (seven at most), and
 * operations that take their time. Everything happens in true time. What it lists may be a moment old; what it says of
 * a single server is not. Effects are announced to whoever watches at the moment at which they are accepted.
 */
import { DateTime } from 'luxon';
import type { Operation, OperationState } from '../../src/contracts/operations.ts';
import type { ListedBackup } from '../../src/policy/on-demand-slots.ts';
import type { RestoreRequest, ServerFacts } from '../../src/ports/database-servers.ts';
import type { ModelOperation, ModelServer, ProviderEffect, ProviderOptions } from './provider-parts.ts';

export const dayMs = 86_400_000;
/** So long after it is ready a restored server gets its first automatic backup. */
const firstBackupMs = 600_000;

export class ProviderModel {
  readonly #options: ProviderOptions;
  readonly #servers = new Map<string, ModelServer>();
  /** What is kept of servers that were deleted. */
  readonly #dropped = new Map<string, ModelServer>();
  /** What each revived server was revived from. */
  readonly revived = new Map<string, string>();
  readonly #operations = new Map<string, ModelOperation>();
  readonly accounts = new Map<string, string>();
  onEffect: (effect: ProviderEffect) => void = () => undefined;
  onRestored: (request: RestoreRequest, target: ServerFacts) => void = () => undefined;

  constructor(options: ProviderOptions) {
    this.#options = options;
  }

  /** Puts a server there that takes a backup each day; the last week's are there already. */
  addSource(id: string, address: string): void {
    const { timeline, retentionDays, backupMinute } = this.#options;
    const facts = {
      location: 'westeurope',
      state: 'Ready',
      address,
      tags: {},
      publicNetworkAccess: 'Enabled',
    };
    this.#put(id, { id, ...facts, createdAt: utc(timeline.now - 365 * dayMs), earliestRestore: undefined });
    const midnight = timeline.now - (timeline.now % dayMs);
    for (let day = -retentionDays; day < 0; day += 1)
      this.#automatic(id, midnight + day * dayMs + backupMinute * 60_000);
    this.#nextAutomatic(id, midnight + backupMinute * 60_000);
  }

  get(id: string): ModelServer | undefined {
    return this.#servers.get(id.toLowerCase());
  }

  facts(id: string): ServerFacts | undefined {
    const found = this.get(id);
    if (found === undefined) return undefined;
    const oldest = found.backups.find((one) => one.kind === 'automatic');
    return { ...found.facts, earliestRestore: oldest?.completedAt };
  }

  /** True time. */
  get now(): number {
    return this.#options.timeline.now;
  }

  /** Ids of the servers that stand. */
  standing(): string[] {
    return [...this.#servers.values()].map((one) => one.facts.id);
  }

  /** Every backup of a server now; as it was a moment ago if `isStale`. */
  backups(id: string, isStale: boolean): ListedBackup[] {
    const server = this.get(id);
    if (server === undefined) return [];
    this.#expire(server);
    const { stale } = server;
    return isStale && stale.until > this.#options.timeline.now ? stale.backups : [...server.backups];
  }

  /** Every backup that is listed now or was when it expired, at or after an instant. */
  backupsSince(id: string, since: number): ListedBackup[] {
    const listed = this.backups(id, false);
    return [...(this.get(id)?.expired ?? []).filter((one) => one.expiredAt >= since), ...listed];
  }

  /** Takes a backup away or adds one, as its owner or the provider does. */
  changeBackups(id: string, change: (backups: ModelServer['backups']) => ModelServer['backups']): void {
    const server = this.get(id);
    if (server === undefined) return;
    const { timeline, random } = this.#options;
    server.stale = { backups: [...server.backups], until: timeline.now + random.between(0, 120_000) };
    server.backups = change(server.backups).toSorted((a, b) => a.at - b.at);
  }

  addBackup(id: string, name: string, kind: ListedBackup['kind'], at = this.#options.timeline.now): void {
    this.changeBackups(id, (all) => [...all, { name, kind, at, completedAt: utc(at) }]);
  }

  /** Accepts an operation that takes so many seconds, now and then far longer; `finish` is its effect at its end. */
  accept(
    what: Pick<Operation, 'kind' | 'server' | 'item'>,
    [shortest, longest]: readonly [number, number],
    finish: () => void,
  ): Operation {
    const { timeline, random, operationFails } = this.#options;
    const slowness = random.chance(0.03) ? random.pick([5, 20, 90, 400]) : 1;
    const endsAt = timeline.now + random.between(shortest * 1000, longest * 1000) * slowness;
    const failure = operationFails()
      ? { code: 'InternalServerError', message: 'it failed at the provider' }
      : undefined;
    const statusUrl = `${urlOf(what)}/${timeline.now}`;
    this.#operations.set(statusUrl, { endsAt, failure });
    const server = this.get(what.server);
    if (server !== undefined) server.busyUntil = endsAt;
    if (failure === undefined) timeline.at(endsAt, finish);
    return { ...what, statusUrl, acceptedAt: isoAt(timeline.now) };
  }

  /** Somebody else's operation on a server: no other is accepted meanwhile. */
  occupy(id: string, milliseconds: number): void {
    const server = this.get(id);
    if (server !== undefined) server.busyUntil = Math.max(server.busyUntil, this.now + milliseconds);
  }

  isBusy(id: string): boolean {
    return (this.get(id)?.busyUntil ?? 0) > this.#options.timeline.now;
  }

  poll(operation: Operation): OperationState {
    const of = operation.statusUrl === undefined ? undefined : this.#operations.get(operation.statusUrl);
    if (of === undefined) return this.#byResource(operation);
    if (of.endsAt > this.#options.timeline.now) return { state: 'running' };
    return of.failure === undefined ? { state: 'succeeded' } : { state: 'failed', ...of.failure };
  }

  /** A server comes to be, in the state in which its restore is at work. */
  provision({ target, location, tags }: RestoreRequest): ServerFacts {
    const address = `${target.split('/').at(-1)}.example`;
    const facts = {
      id: target,
      location,
      tags,
      state: 'Provisioning',
      address,
      publicNetworkAccess: 'Enabled',
    };
    return this.#put(target, {
      ...facts,
      createdAt: utc(this.#options.timeline.now),
      earliestRestore: undefined,
    });
  }

  setReady(id: string): boolean {
    const server = this.get(id);
    if (server === undefined) return false;
    server.facts = { ...server.facts, state: 'Ready' };
    const { timeline } = this.#options;
    timeline.at(timeline.now + firstBackupMs, () => {
      if (this.get(id) === server) this.#automatic(id, timeline.now);
    });
    return true;
  }

  /** Whether a server that is gone can be revived: the provider holds a backup of it, and no other has its name. */
  isRevivable(id: string): boolean {
    const kept = this.#dropped.get(id.toLowerCase());
    return this.get(id) === undefined && kept?.backups.some((one) => one.kind === 'automatic') === true;
  }

  remove(id: string): void {
    const gone = this.get(id);
    if (gone !== undefined) this.#dropped.set(id.toLowerCase(), gone);
    this.#servers.delete(id.toLowerCase());
  }

  #put(id: string, facts: ServerFacts): ServerFacts {
    const stale = { backups: [], until: 0 };
    this.#servers.set(id.toLowerCase(), {
      facts,
      backups: [],
      expired: [],
      rules: new Map(),
      busyUntil: 0,
      stale,
    });
    return facts;
  }

  #automatic(id: string, at: number): void {
    this.addBackup(id, `auto-${isoAt(at).slice(0, 10)}`, 'automatic', at);
  }

  #nextAutomatic(id: string, at: number): void {
    this.#options.timeline.at(at, () => {
      this.#automatic(id, this.#options.timeline.now);
      this.#nextAutomatic(id, at + dayMs);
    });
  }

  #expire(server: ModelServer): void {
    const kept = this.#options.retentionDays * dayMs;
    const since = this.#options.timeline.now - kept;
    if (!server.backups.some((one) => one.at < since)) return;
    const gone = server.backups.filter((one) => one.at < since);
    server.expired.push(...gone.map((one) => ({ ...one, expiredAt: one.at + kept })));
    server.backups = server.backups.filter((one) => one.at >= since);
  }

  #byResource({ kind, server }: Operation): OperationState {
    if (kind === 'first-backup') {
      const isHeld = this.get(server)?.backups.some((one) => one.kind === 'automatic') === true;
      return { state: isHeld ? 'succeeded' : 'running' };
    }
    const state = this.get(server)?.facts.state;
    const reached = kind === 'delete-server' ? state === undefined : state === 'Ready';
    return { state: reached ? 'succeeded' : 'running' };
  }
}

export const utc = (at: number): DateTime => DateTime.fromMillis(at, { zone: 'utc' });
export const isoAt = (at: number): string => new Date(at).toISOString();
const urlOf = ({ kind, server, item }: Pick<Operation, 'kind' | 'server' | 'item'>): string =>
  `https://manager.example/operations/${kind}${server}/${item ?? ''}`;
