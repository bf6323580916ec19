/** A night with a restore that is ready, a cutover to it that was asked for, and what disturbs both. */
import type { AlertDocument } from '../../src/contracts/documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import type { DatabaseAddress, DatabaseSession } from '../../src/ports/database.ts';
import {
  approveOver,
  askForBack,
  askForCutover,
  cutoverHub,
  readyRestore,
  runOver,
  type AskedOver,
} from './cutover-steps.ts';
import type { MemoryHttp } from './memory-http.ts';
import { addressOf } from './memory-servers.ts';
import { scope, sourceServer } from './sample-estate.ts';
import type { WorkflowHub } from './workflow-hub.ts';

export class CutoverNight {
  readonly hub: WorkflowHub;
  readonly http: MemoryHttp;
  readonly restore: string;
  readonly asked: AskedOver;

  private constructor(
    { hub, http }: ReturnType<typeof cutoverHub>,
    { restore, asked }: { readonly restore: string; readonly asked: AskedOver },
  ) {
    this.hub = hub;
    this.http = http;
    this.restore = restore;
    this.asked = asked;
  }

  static async make(): Promise<CutoverNight> {
    const made = cutoverHub();
    const { restore } = await readyRestore(made.hub.world);
    const night = new CutoverNight(made, { restore, asked: await askForCutover(made.hub.world, restore) });
    night.answerBanner(200);
    return night;
  }

  close(): Promise<void> {
    return this.hub.close();
  }

  /** The address of the hook that is asked last. */
  banner(): string {
    return `https://app.example/banner/${this.asked.cutover}`;
  }

  answerBanner(...statuses: readonly number[]): void {
    this.http.on(`PUT ${this.banner()}`, ...statuses.map((status) => ({ status })));
    this.http.on(`DELETE ${this.banner()}`, { status: 204 });
  }

  alert(key: string): AlertDocument | undefined {
    const path = vaultPaths.alert(scope, key);
    const { vault } = this.hub.world;
    return vault.paths(path).length === 0 ? undefined : vault.json<AlertDocument>(path);
  }

  isOpen(key: string): boolean {
    const alert = this.alert(key);
    return alert !== undefined && alert.resolvedAt === undefined;
  }

  later(seconds: number): void {
    this.hub.time.jumpTo(this.hub.time.now() + seconds * 1000);
  }

  async cutOver(): Promise<void> {
    await approveOver(this.hub.world, this.asked);
    await runOver(this.hub, this.asked);
    this.later(600);
  }

  /** Asks for the way back by the vault of now. */
  back(without: readonly string[] = []): Promise<AskedOver> {
    return askForBack(this.hub.world, this.asked.cutover, without);
  }

  /** What becomes of each session with the source from now on, counted from 1. */
  disturbSource(fate: (turn: number) => 'not reached' | 'answer lost'): void {
    const { databases } = this.hub.world;
    const real = databases.withSession.bind(databases);
    let turn = 0;
    databases.withSession = async <T>(
      at: DatabaseAddress,
      work: (session: DatabaseSession) => Promise<T>,
    ) => {
      if (at.address !== addressOf(sourceServer)) return real(at, work);
      const isLost = fate((turn += 1)) === 'answer lost';
      if (isLost) await real(at, work);
      throw new Failure('unavailable', isLost ? 'connection lost' : 'connect ECONNREFUSED', 'Look at it.');
    };
  }
}
