/**
 * What happens in the world besides the product: people upload and delete blobs, bits rot, clocks are set wrong,
 * somebody takes a backup of their own, pins a point, has it held by law, starts a run, or decides on a plan.
 */
import { cancelRestore, planRestore, requestRestore, viewRestores } from '../../src/app/restores.ts';
import { startRun } from '../../src/app/runs.ts';
import { askedScenario } from '../../src/contracts/drill.ts';
import type { RunKind } from '../../src/contracts/documents.ts';
import type { RecoveryPoint } from '../../src/contracts/documents.ts';
import { canonicalJson } from '../../src/policy/canonical-json.ts';
import { safetyMargins } from '../../src/policy/safety-margins.ts';
import type { HostProcess } from '../engine/host-process.ts';
import { Random } from '../random.ts';
import { nameOfHex } from './blob-account.ts';
import { Counsel } from './counsel.ts';
import { planKeyChanges } from './key-keeper.ts';
import { Deciders, pathOf } from './decisions.ts';
import { personNamed } from './people.ts';
import { Switchers } from './switchers.ts';
import { dayMs, isoAt } from './provider-model.ts';
import { referencedTable, region, scope, sourceServer, type World } from './world.ts';

const hour = 3_600_000;
/** When the slot of the snapshot is due, in milliseconds of the day. */
const snapshotAt = 90 * 60_000;
const somebody = personNamed('somebody');

export class DailyLife {
  readonly #world: World;
  readonly #random: Random;
  readonly #process: () => HostProcess | undefined;
  /** Runs something the host was asked for; what comes of it is nobody's business here. */
  readonly #ask: (work: (process: HostProcess) => Promise<unknown>) => void;
  readonly #counsel: Counsel;
  readonly #deciders: Deciders;
  readonly #switchers: Switchers;
  readonly #keys: Random;
  #uploads = 0;
  #restingUntil = 0;

  constructor(
    world: World,
    process: () => HostProcess | undefined,
    ask: (work: (process: HostProcess) => Promise<unknown>) => void,
  ) {
    this.#world = world;
    this.#random = new Random(world.seed, 'life');
    this.#keys = new Random(world.seed, 'keys');
    this.#process = process;
    this.#ask = ask;
    this.#counsel = new Counsel(world, this.#random, ask);
    this.#switchers = new Switchers(world, ask);
    this.#deciders = new Deciders(world, this.#random, {
      carryOut: (plan) => this.#start('prune', { plan }),
      sayOnRestore: (say) => ask(({ app }) => say(app.deps)),
    });
  }

  /** Plans the day that begins now. */
  planDay(): void {
    const random = this.#random;
    const happens = (probability: number, what: () => void): void => {
      const at = this.#world.timeline.now + random.between(0, dayMs);
      if (random.chance(probability)) this.#world.timeline.at(at, what);
    };
    planKeyChanges(this.#world, this.#keys, dayMs);
    this.#switchers.planDay();
    happens(0.7, () => this.#change(() => this.#upload()));
    happens(0.4, () => this.#change(() => this.#dereference()));
    happens(0.15, () => this.#damage());
    happens(0.3, () => this.#takeBlobSnapshot());
    happens(0.25, () => this.#writeAgain());
    happens(0.1, () => this.#change(() => this.#referAgain()));
    happens(0.06, () => this.#takeOwnBackup());
    happens(0.08, () => this.#pin());
    happens(0.06, () => this.#counsel.hold());
    happens(0.15, () => this.#setClock());
    happens(0.03, () => this.#deploy());
    happens(0.16, () => this.#startRestore());
    if (random.chance(0.08)) this.#occupyLater();
    for (const kind of ['cycle', 'snapshot', 'scan', 'prune', 'drill', 'repair'] as const)
      happens(kind === 'repair' ? 0.1 : 0.05, () => this.#startRun(kind));
  }

  /** Hears of every document that is written. */
  hear(path: string, text: string): void {
    this.#deciders.hear(path, text);
  }

  /** The database changes only between the sessions of the process. */
  #change(what: () => void): void {
    const { timeline } = this.#world;
    if ((this.#process()?.sessions.open ?? 0) === 0) return what();
    timeline.at(timeline.now + 300_000, () => this.#change(what));
  }

  #upload(): void {
    const { account, database, timeline, trace, seed } = this.#world;
    const hex = account.add(`upload ${seed}/${(this.#uploads += 1)}`);
    trace.add(`PERSON uploads ${hex.slice(0, 6)}`);
    database.change(timeline.now, (live) => {
      live.references = [...live.references, hex];
      live.tables.set(referencedTable, { rows: live.references.length, checksum: String(this.#uploads * 7) });
    });
  }

  /** A row goes; its blob is deleted when no recovery point of the window can refer to it any more. */
  #dereference(): void {
    const { account, database, timeline, trace } = this.#world;
    if (database.live.references.length < 5) return;
    const hex = this.#random.pick(database.live.references);
    trace.add(`PERSON gives up ${hex.slice(0, 6)}`);
    database.change(timeline.now, (live) => {
      live.references = live.references.filter((one) => one !== hex);
      live.tables.set(referencedTable, {
        rows: live.references.length,
        checksum: `-${timeline.now % 99_991}`,
      });
    });
    if (this.#world.variant.deletesUnreferenced) return;
    timeline.at(timeline.now + 12 * dayMs, () => {
      trace.add(`PERSON deletes ${hex.slice(0, 6)}`);
      if (account.blobs.get(nameOfHex(hex))?.current !== undefined) account.delete(nameOfHex(hex));
    });
  }

  /** Somebody finds a blob that no row refers to any more, and refers to it. */
  #referAgain(): void {
    const { account, database, timeline, trace, referredAgainAt } = this.#world;
    const free = account.names(false).filter((name) => !database.live.references.includes(name.slice(3)));
    if (!this.#world.variant.deletesUnreferenced || free.length === 0) return;
    const hex = this.#random.pick(free).slice(3);
    trace.add(`PERSON refers to ${hex.slice(0, 6)} again`);
    referredAgainAt.set(hex, timeline.now);
    database.change(timeline.now, (live) => {
      live.references = [...live.references, hex];
      live.tables.set(referencedTable, {
        rows: live.references.length,
        checksum: String(timeline.now % 99_991),
      });
    });
  }

  #damage(): void {
    const { account, database, trace } = this.#world;
    const hex = this.#random.pick(database.live.references);
    const name = nameOfHex(hex);
    const how = this.#random.pick(['current', 'current', 'current and secondary', 'everything', 'lost']);
    trace.add(`DAMAGE ${how} of ${hex.slice(0, 6)}`);
    if (how === 'lost') return account.delete(name);
    if (account.keeping === 'versions' && this.#random.chance(0.7)) {
      const held = account.blobs.get(name)?.current;
      if (held !== undefined) account.write(name, Buffer.from(held.bytes));
    }
    account.rot(name, 'current');
    if (how !== 'current') account.rot(name, 'secondary');
    if (how === 'everything') account.rot(name, 'versions');
  }

  #takeBlobSnapshot(): void {
    const names = this.#world.account.names(false);
    if (names.length === 0) return;
    const name = this.#random.pick(names);
    this.#world.trace.add(`PERSON takes a snapshot of ${name.slice(0, 9)}`);
    this.#world.account.takeSnapshot(name);
  }

  /** The same content is written once more: where versions are kept, one more piles up. */
  #writeAgain(): void {
    const { account, trace } = this.#world;
    const names = account.names(false);
    if (names.length === 0) return;
    const name = this.#random.pick(names);
    const held = account.blobs.get(name)?.current;
    if (held === undefined) return;
    trace.add(`PERSON writes ${name.slice(0, 9)} again`);
    account.write(name, Buffer.from(held.bytes));
  }

  /** Somebody works on the server when its snapshot is due. */
  #occupyLater(): void {
    const { provider, timeline, trace } = this.#world;
    timeline.at(timeline.now + snapshotAt - this.#random.between(0, 60_000), () => {
      const minutes = this.#random.between(3, 40);
      trace.add(`PERSON works on the server for ${minutes} minutes`);
      provider.occupy(sourceServer, minutes * 60_000);
    });
  }

  #takeOwnBackup(): void {
    const { provider, timeline, trace } = this.#world;
    const onDemand = provider.backups(sourceServer, false).filter((one) => one.kind === 'on-demand');
    if (onDemand.length >= 7) return;
    const name = `before-upgrade-${timeline.now}`;
    trace.add(`PERSON takes the backup ${name}`);
    provider.addBackup(sourceServer, name, 'on-demand');
    timeline.at(timeline.now + this.#random.between(1, 6) * dayMs, () =>
      provider.changeBackups(sourceServer, (all) => all.filter((one) => one.name !== name)),
    );
  }

  /** Somebody pins a point by hand and takes the pin away again later. */
  #pin(): void {
    const { vault, timeline, trace } = this.#world;
    const paths = vault.list(pathOf('points/'));
    if (paths.length === 0) return;
    const path = this.#random.pick(paths.slice(-8));
    const change = (edit: (pins: RecoveryPoint['pins']) => RecoveryPoint['pins']): void => {
      const text = vault.text(path);
      if (text === undefined) return;
      const point = JSON.parse(text) as RecoveryPoint;
      if (point.tombstone !== undefined) return;
      trace.add(`PERSON changes the pins of ${point.id}`);
      vault.put(path, Buffer.from(`${canonicalJson({ ...point, pins: edit(point.pins) })}\n`));
    };
    const pin = { by: 'somebody', at: isoAt(timeline.now), reason: 'looked into' };
    change((pins) => [...pins, pin]);
    timeline.at(timeline.now + this.#random.between(1, 12) * dayMs, () =>
      change((pins) => pins.filter((one) => one.by !== 'somebody')),
    );
  }

  /** Mostly within what is tolerated; at times far beyond, for some hours. */
  #setClock(): void {
    const random = this.#random;
    const { timeline } = this.#world;
    if (timeline.now < this.#restingUntil) return;
    const isFar = random.chance(0.3);
    const far = [301_000, 360_000, hour, -301_000, -2 * hour, 30 * dayMs, -30 * dayMs, 4 * hour];
    this.#world.setSkew(isFar ? random.pick(far) : random.between(-299_000, 299_000));
    this.#restingUntil = timeline.now + random.between(2, 40) * hour;
    timeline.at(this.#restingUntil, () => this.#world.setSkew(0));
  }

  /** A weaker estate is deployed, or the right one again: once the first was approved by its use. */
  #deploy(): void {
    const world = this.#world;
    if (world.vault.get(`v1/_estate/${region}/${scope.system}.json`) === undefined) return;
    world.isWeakened = !world.isWeakened;
    world.trace.add(`PERSON deploys the ${world.isWeakened ? 'weaker' : 'right'} estate`);
    this.#process()?.life.die('for a deployment');
  }

  /** Somebody restores into a new server, or some tables beside what there is, and at times thinks better of it. */
  #startRestore(): void {
    const random = this.#random;
    const { timeline, vault } = this.#world;
    const points = vault
      .list(pathOf('points/'))
      .map((path) => path.split('/').at(-1)?.replace('.json', '') ?? '');
    const instant = isoAt(timeline.now - random.between(0, 12 * dayMs));
    const to: string = random.pick([
      'latest',
      instant,
      ...(points.length === 0 ? [] : [random.pick(points)]),
    ]);
    const tables = [...this.#world.database.live.tables.keys()].slice(0, 2);
    const what = random.chance(0.6) ? { tables } : { name: `shop-again-${Math.floor(timeline.now / 1000)}` };
    this.#world.trace.add(`PERSON plans a restore ${'tables' in what ? 'of tables ' : ''}to ${to}`);
    const validity = safetyMargins.restorePlanHours * hour;
    // Few are left to wait in vain for as long as a plan is valid: it is old when it is asked for, or somebody cancels.
    const isForgotten = random.chance(0.04);
    const isSoon = isForgotten || random.chance(0.5);
    const left = isSoon ? validity : random.pick([20, 40, 60, 90]) * 60_000;
    const asksAt = timeline.now + validity - left;
    this.#ask(async ({ app }) => {
      const { digest, plan } = await planRestore(app.deps, { system: scope.system, to, ...what });
      timeline.at(asksAt, () => this.#requestRestore(digest, plan.name));
    });
    if (random.chance(0.4) || (isSoon && !isForgotten))
      timeline.at(asksAt + random.between(0, Math.min(left, 2 * hour)), () => this.#cancelRestore());
  }

  #requestRestore(plan: string, name: string): void {
    this.#world.trace.add(`PERSON asks for the restore of ${name}`);
    const order = { system: scope.system, plan, confirm: name, reason: 'rows are gone' };
    this.#ask(({ app, hub }) => requestRestore(app.deps, hub, order, somebody));
  }

  #cancelRestore(): void {
    this.#ask(async ({ app }) => {
      const { restores } = await viewRestores(app.deps, scope.system);
      const open = restores.find(({ end }) => end === undefined);
      if (open === undefined) return;
      this.#world.trace.add(`PERSON cancels ${open.id}`);
      await cancelRestore(app.deps, scope.system, open.id, { by: somebody, reason: 'a mistake' });
    });
  }

  #startRun(kind: RunKind): void {
    const random = this.#random;
    const input: Record<string, unknown> = {};
    if (kind === 'prune') input['dryRun'] = random.chance(0.6);
    if (kind === 'scan') input['mode'] = random.pick(['full', 'cycle', 'new', 'known-bad']);
    if (kind === 'repair') Object.assign(input, { dryRun: random.chance(0.2), approvalSeconds: 4 * 3_600 });
    if (kind === 'drill' || kind === 'cycle') input['cleanUpDelaySeconds'] = random.pick([0, 0, 600, 7200]);
    if (kind === 'drill' && random.chance(0.6))
      if (random.chance(0.4)) input['scenario'] = random.pick(askedScenario.options);
      else input['point'] = this.#pointToDrill();
    this.#start(kind, input);
  }

  /** A point by name, a random one, or any instant of the last days. */
  #pointToDrill(): string {
    const random = this.#random;
    const { timeline, vault } = this.#world;
    const points = vault
      .list(pathOf('points/'))
      .map((path) => path.split('/').at(-1)?.replace('.json', '') ?? '');
    const instant = isoAt(timeline.now - random.between(0, 9 * dayMs));
    return random.pick([...(points.length === 0 ? [] : [random.pick(points)]), 'random', instant]);
  }

  #start(kind: RunKind, input: Readonly<Record<string, unknown>>): void {
    this.#world.trace.add(`PERSON starts a ${kind} ${JSON.stringify(input)}`);
    this.#ask(({ app, hub }) => startRun(app.deps, hub, { kind, scope, actor: somebody, input }));
  }
}
