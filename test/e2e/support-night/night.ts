/** One system in one region at night: its cycles, and what must still be there after each of them. */
import type { Control, Effect, ServerFiles } from '../support/control.ts';
import type { LifeboatApi, ReportView } from '../support/lifeboat-api.ts';
import type { Outsider, ServerView } from '../support/outsider.ts';
import type { TestStack } from '../support/stack.ts';
import { until } from '../support/until.ts';

interface StepView {
  readonly outcome: string;
  readonly detail: string;
}

/** What a cycle came to, as the API gives it. */
export interface CycleView {
  readonly heartbeat: StepView;
  readonly snapshot: StepView & { readonly point?: string };
  readonly scan: StepView;
  readonly prune: StepView & { readonly deleted: number; readonly blocked: number };
  readonly drill: { readonly result: string; readonly drill: string; readonly reasons: readonly string[] };
}

/** A recovery point as the vault holds it, as far as tests read it. */
export interface PointView {
  readonly id: string;
  readonly databases: readonly { readonly backup: string }[];
  readonly proven?: object;
  readonly tombstone?: object;
}

/** What can be lost: the recovery points that stand, and the backups that the provider holds. */
export interface Belongings {
  readonly points: readonly string[];
  readonly backups: readonly string[];
}

export interface AlertView {
  readonly key: string;
  readonly title: string;
  readonly detail: string;
  readonly runbook: string;
  readonly resolvedAt?: string;
}

export interface Place {
  readonly system: string;
  readonly region: string;
  /** The source server and its resource group, its database, and where its blobs lie. */
  readonly server: string;
  readonly resourceGroup: string;
  readonly database: string;
  readonly account: string;
  readonly container: string;
}

/** A restored server that stands for a minute has its first automatic backup. */
const ofTheProviderItself: ReadonlySet<string> = new Set(['automatic-backup-created', 'backup-expired']);

export class Night {
  readonly place: Place;
  readonly stack: TestStack;

  constructor(stack: TestStack, place: Place) {
    this.stack = stack;
    this.place = place;
  }

  get api(): LifeboatApi {
    return this.stack.api(this.place.region);
  }

  get control(): Control {
    return this.stack.control;
  }

  get outsider(): Outsider {
    return this.stack.outsider(this.place.region);
  }

  begin(): Promise<string> {
    return this.api.begin('cycles', { system: this.place.system });
  }

  /** Runs a cycle to its end. */
  async cycle(): Promise<CycleView> {
    return this.ended(await this.begin());
  }

  /** Waits for the end of a cycle; an error says where a cycle stands that did not come to its end. */
  async ended(id: string): Promise<CycleView> {
    try {
      return await this.api.ended<CycleView>(id);
    } catch (error) {
      const view = await this.api.operation(id).catch((problem: unknown) => String(problem));
      throw new Error(`${String(error)}; it stands at ${JSON.stringify(view)}`, { cause: error });
    }
  }

  report(cycle: CycleView): Promise<ReportView> {
    return this.api.report(this.place.system, cycle.drill.drill);
  }

  /** Every recovery point in the vault, oldest first. */
  async points(): Promise<PointView[]> {
    const texts = await this.outsider.vaultTexts(this.place.system, 'points');
    return [...texts.values()].map((text) => JSON.parse(text) as PointView);
  }

  async belongings(): Promise<Belongings> {
    const standing = (await this.points()).filter((point) => point.tombstone === undefined);
    const { backups } = await this.files();
    return { points: standing.map(({ id }) => id), backups: backups.map(({ name }) => name) };
  }

  /** The drill's servers of this system that stand now; waits for a resource manager that does not let us in. */
  async drillServers(): Promise<string[]> {
    const servers = await until('the resource manager lists the servers', async () => {
      const answer = (await this.outsider.drillServers()) as ServerView[] | undefined;
      return answer;
    });
    return servers.map(({ name }) => name).filter((name) => name.startsWith(`drill-${this.place.system}-`));
  }

  async openAlerts(): Promise<AlertView[]> {
    const texts = await this.outsider.vaultTexts(this.place.system, 'alerts');
    const alerts = [...texts.values()].map((text) => JSON.parse(text) as AlertView);
    return alerts.filter((alert) => alert.resolvedAt === undefined);
  }

  /** Every effect so far, on whatever: `effectsSince` tells what came after it. */
  async effectsNow(): Promise<number> {
    return (await this.control.effectsOn('')).length;
  }

  /** What somebody did since to the source server and to the servers of its drills, in order. */
  async effectsSince(mark: number): Promise<Effect[]> {
    const { server, system } = this.place;
    const all = (await this.control.effectsOn('')).slice(mark);
    return all
      .filter((one) => one.server === server || one.server.startsWith(`drill-${system}-`))
      .filter(({ kind }) => !ofTheProviderItself.has(kind));
  }

  files(): Promise<ServerFiles> {
    return this.control.filesOf(this.place.resourceGroup, this.place.server);
  }
}
