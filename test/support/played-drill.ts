/** One drill of a scenario on the workflow hub's world, as its test runs it, and what its report says. */
import type { DrillResult } from '../../src/contracts/drill.ts';
import type { CheckResult, DrillReport } from '../../src/contracts/report.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { scope } from './sample-estate.ts';
import type { WorkflowHub } from './workflow-hub.ts';

export class PlayedDrill {
  readonly slot: string;
  readonly #scenario: string;
  readonly #hub: () => WorkflowHub;

  /** The hub is looked for when it is needed: each test has its own. */
  constructor(hub: () => WorkflowHub, scenario: string, slot = '20260301T040000Z') {
    this.#hub = hub;
    this.#scenario = scenario;
    this.slot = slot;
  }

  /** Runs it to its end. */
  readonly run = async (): Promise<DrillResult> => {
    const input = { ...scope, slot: this.slot, trigger: 'person', scenario: this.#scenario };
    const id = `drill.shop.westeurope.${this.slot}`;
    return (await this.#hub().run<DrillResult>('restoreDrill', id, input)).output;
  };

  readonly report = (): DrillReport =>
    this.#hub().world.vault.json(vaultPaths.report(scope, `drill-${this.slot}`));

  /** One check of its report; throws if it was not made. */
  readonly check = (id: string): CheckResult => {
    const found = this.report().checks.find((one) => one.id === id);
    if (found === undefined) throw new Error(`the report has no check ${id}`);
    return found;
  };
}
