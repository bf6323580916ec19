/**
 * A small model of the provider: servers, backups, firewall rules, and operations that take a number of polls. An
 * effect is counted when the provider accepts it, so a test can tell one external effect from two. Starts that Azure
 * refuses (an existing target, a backup of that name) are refused here too.
 */
import { DateTime } from 'luxon';
import type { Operation, OperationStart, OperationState } from '../../src/contracts/operations.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { Failure } from '../../src/policy/failure.ts';
import type { ListedBackup } from '../../src/policy/on-demand-slots.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type {
  AddressRange,
  ResourceGroup,
  RestoreRequest,
  ServerDeleter,
  ServerFacts,
  ServerReader,
  ServerWriter,
  StorageKeeping,
} from '../../src/ports/database-servers.ts';
import type { OwnParameter, ServerSettings } from '../../src/ports/server-settings.ts';
import { Faults } from './faults.ts';

interface ModelServer {
  facts: ServerFacts;
  backups: ListedBackup[];
  readonly rules: Map<string, AddressRange>;
  readonly parameters: Map<string, string>;
}

interface ModelOperation {
  polls: number;
  readonly failure: { code: string; message: string } | undefined;
  readonly finish: () => void;
  ended: boolean;
}

export class MemoryServers implements ServerReader, ServerWriter, ServerDeleter, ServerSettings {
  readonly faults = new Faults();
  /** Accepted effects by label, such as `restore drill-shop-…`. */
  readonly effects: string[] = [];
  /** Looks that an operation of each kind takes; 1 unless set. */
  readonly polls: Partial<Record<Operation['kind'], number>> = {};
  /** Called when a restore has ended. */
  onRestored: (source: ServerFacts, target: ServerFacts, instant: DateTime) => void = () => undefined;
  readonly #clock: Clock;
  readonly #servers = new Map<string, ModelServer>();
  /** What is kept of servers that were deleted. */
  readonly #dropped = new Map<string, ModelServer>();
  /** Whether a restored server gets a backup of the provider's own, as soon as it is asked for one. */
  backsUpRestored = true;
  /** How far the paired region lags behind. */
  geoLagSeconds = 60;
  readonly #accounts = new Map<string, string>();
  readonly #operations = new Map<string, ModelOperation>();
  readonly #failures = new Map<Operation['kind'], { code: string; message: string }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Puts a server there, or changes one. */
  put(facts: Partial<ServerFacts> & { id: string }): void {
    const standing = this.#servers.get(key(facts.id));
    const fresh: ServerFacts = {
      ...{ location: 'westeurope', state: 'Ready', address: addressOf(facts.id), tags: {} },
      ...{ createdAt: this.#clock.now(), publicNetworkAccess: 'Enabled' },
      earliestRestore: this.#clock.now().minus({ days: 7 }),
      ...facts,
    };
    if (standing === undefined)
      this.#servers.set(key(facts.id), {
        facts: fresh,
        backups: [],
        rules: new Map(),
        parameters: new Map(),
      });
    else standing.facts = { ...standing.facts, ...facts };
  }

  putAccount(account: string, location: string): void {
    this.#accounts.set(account, location);
  }

  putBackup(server: string, backup: ListedBackup): void {
    this.#need(server).backups.push(backup);
  }

  /** The provider no longer has a backup, and says nothing of it. */
  loseBackup(server: string, name: string): void {
    const { backups } = this.#need(server);
    backups.splice(
      backups.findIndex((one) => one.name === name),
      1,
    );
  }

  /** Somebody else deletes a server; what the provider keeps of it can be revived, unless it keeps nothing. */
  drop(server: string, { keepsBackups = true } = {}): void {
    const gone = this.#servers.get(key(server)) ?? this.#dropped.get(key(server));
    if (gone === undefined) return;
    this.#servers.delete(key(server));
    if (keepsBackups) this.#dropped.set(key(server), gone);
    else this.#dropped.delete(key(server));
  }

  /** The next operation of a kind is accepted and then fails. */
  failNext(kind: Operation['kind'], code: string, message: string): void {
    this.#failures.set(kind, { code, message });
  }

  /** The ids of every server that stands. */
  standing(): string[] {
    return [...this.#servers.values()].map((one) => one.facts.id);
  }

  get(server: string): Promise<ServerFacts | undefined> {
    return this.faults.run(`get ${server}`, () => this.#servers.get(key(server))?.facts);
  }

  listBackups(server: string): Promise<readonly ListedBackup[]> {
    return this.faults.run(`listBackups ${server}`, () => [...this.#need(server).backups]);
  }

  listServers({ resourceGroup }: ResourceGroup): Promise<readonly ServerFacts[]> {
    return this.faults.run(`listServers ${resourceGroup}`, () =>
      [...this.#servers.values()]
        .map(({ facts }) => facts)
        .filter(({ id }) => id.toLowerCase().includes(`/resourcegroups/${resourceGroup.toLowerCase()}/`)),
    );
  }

  listFirewallRules(server: string): Promise<ReadonlyMap<string, AddressRange>> {
    return this.faults.run(`listFirewallRules ${server}`, () => new Map(this.#need(server).rules));
  }

  storageLocation(account: string): Promise<string> {
    return this.faults.run(`storageLocation ${account}`, () => {
      const location = this.#accounts.get(account);
      if (location === undefined) throw new Failure('not-found', `no account ${account}`, 'Look at the id.');
      return location;
    });
  }

  /** What every account keeps. */
  keeping: StorageKeeping = { softDelete: false, versions: true };

  storageKeeping(account: string): Promise<StorageKeeping> {
    return this.faults.run(`storageKeeping ${account}`, () => this.keeping);
  }

  beginBackup(server: string, backup: string): Promise<OperationStart> {
    return this.faults.run(`beginBackup ${backup}`, () => {
      const of = this.#need(server);
      const isMade =
        of.backups.some((one) => one.name === backup) || this.#isRunning('backup', server, backup);
      // Azure names no cause here: a duplicate is answered like any other work in progress.
      if (isMade) throw new Failure('unavailable', 'resource manager: ServerIsBusy', 'It passes.');
      return this.#accept({ kind: 'backup', server, item: backup }, () =>
        of.backups.push({ name: backup, kind: 'on-demand', completedAt: this.#clock.now() }),
      );
    });
  }

  beginRestore(request: RestoreRequest): Promise<OperationStart> {
    return this.faults.run(`beginRestore ${request.target}`, () => {
      const { source, target, location, tags, instant, mode } = request;
      if (this.#servers.has(key(target)))
        throw new Failure('conflict', `${target} exists`, 'Choose another name.');
      const { facts: from } = mode === 'revive' ? this.#needDropped(source) : this.#need(source);
      this.put({ id: target, location, tags, state: 'Provisioning', createdAt: this.#clock.now() });
      return this.#accept({ kind: 'restore', server: target }, () => {
        if (!this.#servers.has(key(target))) return;
        this.put({ id: target, state: 'Ready' });
        const lag = mode === 'geo' ? this.geoLagSeconds : 0;
        this.onRestored(from, this.#need(target).facts, instant.minus({ seconds: lag }));
      });
    });
  }

  beginFirewallRule(server: string, rule: string, range: AddressRange): Promise<OperationStart> {
    return this.faults.run(`beginFirewallRule ${rule}`, () =>
      this.#accept({ kind: 'firewall-rule', server, item: rule }, () =>
        this.#need(server).rules.set(rule, range),
      ),
    );
  }

  listOwnParameters(server: string): Promise<readonly OwnParameter[]> {
    return this.faults.run(`listOwnParameters ${server}`, () =>
      [...this.#need(server).parameters].map(([name, value]) => ({ name, value, isPendingRestart: false })),
    );
  }

  platformOf(server: string): Promise<Readonly<Record<string, string>>> {
    return this.faults.run(`platformOf ${server}`, () => ({ version: '18', sku: 'D2' }));
  }

  beginParameter(server: string, name: string, value: string): Promise<OperationStart> {
    return this.faults.run(`beginParameter ${name}`, () =>
      this.#accept({ kind: 'parameter', server, item: name }, () =>
        this.#need(server).parameters.set(name, value),
      ),
    );
  }

  beginRestart(server: string): Promise<OperationStart> {
    return this.faults.run(`beginRestart ${server}`, () =>
      this.#accept({ kind: 'restart', server }, () => undefined),
    );
  }

  /** As somebody else lets addresses in. */
  putRule(server: string, rule: string, range: AddressRange): void {
    this.#need(server).rules.set(rule, range);
  }

  /** Sets a parameter of a server that stands, as its owner does. */
  putParameter(server: string, name: string, value: string): void {
    this.#need(server).parameters.set(name, value);
  }

  beginDeleteBackup(server: string, backup: string): Promise<OperationStart> {
    return this.faults.run(`beginDeleteBackup ${backup}`, () => {
      const of = this.#need(server);
      return this.#accept({ kind: 'delete-backup', server, item: backup }, () => {
        of.backups = of.backups.filter((one) => one.name !== backup);
      });
    });
  }

  beginDeleteServer(server: string): Promise<OperationStart> {
    return this.faults.run(`beginDeleteServer ${server}`, () =>
      this.#accept({ kind: 'delete-server', server }, () => {
        const gone = this.#servers.get(key(server));
        if (gone !== undefined) this.#dropped.set(key(server), gone);
        this.#servers.delete(key(server));
      }),
    );
  }

  poll(operation: Operation): Promise<OperationState> {
    return this.faults.run(`poll ${operation.kind}`, () => {
      const of = this.#operations.get(operation.statusUrl ?? urlOf(operation));
      if (of === undefined) return this.#byResource(operation);
      of.polls -= 1;
      if (of.polls > 0) return { state: 'running' };
      if (!of.ended && of.failure === undefined) of.finish();
      of.ended = true;
      return of.failure === undefined ? { state: 'succeeded' } : { state: 'failed', ...of.failure };
    });
  }

  #accept(what: Pick<Operation, 'kind' | 'server' | 'item'>, finish: () => void): OperationStart {
    this.effects.push(`${what.kind} ${what.item ?? what.server.split('/').at(-1)}`);
    const failure = this.#failures.get(what.kind);
    this.#failures.delete(what.kind);
    const statusUrl = urlOf(what);
    this.#operations.set(statusUrl, { polls: this.polls[what.kind] ?? 1, failure, finish, ended: false });
    return { state: 'running', operation: { ...what, statusUrl, acceptedAt: isoOf(this.#clock.now()) } };
  }

  #isRunning(kind: Operation['kind'], server: string, item: string): boolean {
    return this.#operations.get(urlOf({ kind, server, item }))?.ended === false;
  }

  #byResource({ kind, server }: Operation): OperationState {
    if (kind === 'first-backup') return this.#firstBackup(this.#need(server));
    const state = this.#servers.get(key(server))?.facts.state;
    const reached = kind === 'delete-server' ? state === undefined : state === 'Ready';
    return { state: reached ? 'succeeded' : 'running' };
  }

  #firstBackup({ backups }: ModelServer): OperationState {
    if (!this.backsUpRestored) return { state: 'running' };
    backups.push({ name: 'auto-first', kind: 'automatic', completedAt: this.#clock.now() });
    return { state: 'succeeded' };
  }

  #needDropped(server: string): ModelServer {
    const found = this.#dropped.get(key(server));
    if (found !== undefined && !this.#servers.has(key(server)) && found.backups.length > 0) return found;
    throw new Failure('not-found', `no backup of a dropped server ${server}`, 'It cannot be revived.');
  }

  #need(server: string): ModelServer {
    const found = this.#servers.get(key(server));
    if (found !== undefined) return found;
    throw new Failure('not-found', `no server ${server}`, 'Look at the id.');
  }
}

const key = (server: string): string => server.toLowerCase();
const urlOf = ({ kind, server, item }: Pick<Operation, 'kind' | 'server' | 'item'>): string =>
  `https://manager.example/operations/${kind}${server}/${item ?? ''}`;

/** Where the databases of a server are reached in the model. */
export const addressOf = (server: string): string => `${server.split('/').at(-1)}.example`;
