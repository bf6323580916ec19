/** Restores for people that are killed: asked for, approved by somebody else, held against an undisturbed one. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/until.ts';
import type { HostAdmin } from './host-admin.ts';
import type { KilledRun } from './kill-matrix.ts';
import type { Night } from './night.ts';

/** How long nobody approves where every wait is to have all its turns. */
const slowDecisionMs = 6_000;

/** What a restore did, without names: effects on its server, and its documents. */
interface Deeds {
  readonly effects: readonly (string | undefined)[][];
  readonly documents: readonly string[];
}

export class Restores {
  readonly #night: Night;
  readonly #admin: HostAdmin;
  readonly #group: string;
  #count = 0;
  #once: Deeds | undefined;

  constructor(night: Night, admin: HostAdmin) {
    [this.#night, this.#admin] = [night, admin];
    this.#group = `rg-lifeboat-restored-${night.place.region}`;
  }

  /** One that nobody kills: its orchestration. What it did is what every other one must have done. */
  async undisturbed(): Promise<string> {
    const name = this.#name();
    const id = await this.#ask(name, await this.#plan(name), 0);
    await this.#mustBeReady(id);
    this.#once = await this.#deedsOf(id, name);
    assert.ok(this.#once.effects.some(([kind]) => kind === 'restore-finished'));
    await this.#remove(name);
    return id;
  }

  async next(isSlow: boolean): Promise<KilledRun> {
    const name = this.#name();
    const plan = await this.#plan(name);
    const before = await this.#standing();
    return {
      begin: () => this.#ask(name, plan, isSlow ? slowDecisionMs : 0),
      endedWhole: async (id) => {
        await this.#mustBeReady(id);
        assert.deepEqual(await this.#deedsOf(id, name), this.#once);
        await this.#remove(name);
        assert.deepEqual(await this.#standing(), before);
      },
    };
  }

  async #mustBeReady(id: string): Promise<void> {
    const ended = await this.#night.api.ended<{ outcome: string }>(id);
    assert.equal(ended.outcome, 'ready', JSON.stringify(ended));
  }

  #name(): string {
    this.#count += 1;
    return `${this.#night.place.system}-again-${this.#count}`;
  }

  async #plan(name: string): Promise<string> {
    await this.#beat();
    const { system } = this.#night.place;
    const answer = await this.#night.api.post('restore-plans', { system, to: 'latest', name });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return (answer.body as { digest: string }).digest;
  }

  /** The host that is killed writes the heartbeats, and a restore to an instant without one is doubtful. */
  async #beat(): Promise<void> {
    const { resourceGroup, server, database } = this.#night.place;
    await this.#admin.runTimer('heartbeat');
    const source = (await this.#night.outsider.servers(resourceGroup)).find(({ name }) => name === server);
    assert.ok(source);
    const fresh = `SELECT 1 FROM lifeboat.heartbeat WHERE slot >= date_trunc('minute', now()) - interval '1 minute'`;
    await until('there is a fresh heartbeat', async () =>
      (await this.#night.outsider.query(source, database, fresh)).length > 0 ? true : undefined,
    );
  }

  /** Asks for a restore and has it approved, which may have to wait until the host is up again. */
  async #ask(name: string, plan: string, decidesAfterMs: number): Promise<string> {
    const { system } = this.#night.place;
    const decided = sleep(decidesAfterMs).then(() => this.#approve(plan));
    decided.catch(() => undefined); // The restore has no end then, which is told.
    return this.#night.api.begin('restores', { system, plan, confirm: name, reason: 'a try' });
  }

  async #approve(digest: string): Promise<void> {
    const { system, region } = this.#night.place;
    const approver = this.#night.stack.api(region, 'approver');
    await until('the restore is approved', async () => {
      const said = { digest, reason: 'seen' };
      const answer = await approver.post(`approvals/${system}/approve`, said).catch(() => undefined);
      // Nobody has asked for it yet; or the host was killed before it answered, and it is approved.
      return answer?.status === 200 || answer?.status === 409 ? true : undefined;
    });
  }

  async #deedsOf(id: string, name: string): Promise<Deeds> {
    const effects = await this.#night.control.effectsOn(name);
    const folder = `restores/${id.replace(/.*\./, 'restore-')}`;
    const documents = await this.#night.outsider.vaultTexts(this.#night.place.system, folder);
    return {
      effects: effects
        .filter(({ server }) => server === name)
        .map(({ kind, name: item }) => (kind === 'parameter-changed' ? [kind, item] : [kind]))
        .filter(([kind]) => kind !== 'automatic-backup-created'),
      documents: [...documents.keys()].toSorted(),
    };
  }

  async #standing(): Promise<string[]> {
    return (await this.#night.outsider.servers(this.#group)).map(({ name }) => name);
  }

  /** As its owner does who needs it no more. */
  async #remove(name: string): Promise<void> {
    await this.#night.outsider.removeServer(this.#group, name);
    await until(`${name} is gone`, async () => ((await this.#standing()).includes(name) ? undefined : true));
  }
}
