/**
 * No hook of a cutover is asked but by a permit of its plan, given by another person than the one who asked; what a cutover
 * says is done was heard by the application; and nothing is planned to be deleted while one is in force.
 */
import type { CutoverPlan } from '../../src/contracts/cutover-plan.ts';
import type {
  CutoverDocument,
  CutoverRequest,
  CutoverState,
  HookRecord,
} from '../../src/contracts/cutover.ts';
import type { PrunePlan } from '../../src/contracts/prune.ts';
import type { RestorePermit } from '../../src/contracts/restore-request.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { scope, type World } from '../world/world.ts';
import type { Verdict } from './broken.ts';

export class CutoverRules {
  readonly #world: World;
  readonly #verdict: Verdict;

  constructor(world: World, verdict: Verdict) {
    this.#world = world;
    this.#verdict = verdict;
  }

  /** Looks at a document of a cutover before it is written. */
  look(path: string, text: string): void {
    if (path.includes('/hooks/')) this.#hook(JSON.parse(text) as HookRecord);
    else if (path.endsWith('/cutover.json')) this.#end(JSON.parse(text) as CutoverDocument);
  }

  /** A plan of a prune that is made while a cutover is in force keeps everything. */
  plan(text: string): void {
    const { inForce } = (this.#read(vaultPaths.cutoverState(scope)) as CutoverState | undefined) ?? {};
    const { at, items } = JSON.parse(text) as PrunePlan;
    if (inForce?.hooks === undefined || inForce.since >= at) return;
    this.#verdict.must(
      items.every(({ decision }) => decision !== 'expire'),
      'cutover-keeps',
      () => `a prune is to delete something while ${inForce.cutover} is in force`,
    );
  }

  #hook({ cutover, hook }: HookRecord): void {
    const permit = this.#read(vaultPaths.cutoverPermit(scope, cutover)) as
      | Omit<RestorePermit, 'restore'>
      | undefined;
    const request = this.#read(vaultPaths.cutoverRequest(scope, cutover)) as CutoverRequest | undefined;
    const isOther = permit?.approval.kind === 'break-glass' || permit?.approval.by !== request?.by;
    this.#verdict.must(
      permit !== undefined && permit.plan === request?.plan && isOther,
      'cutover-permitted',
      () => `${hook} of ${cutover} is asked, and nobody else permitted it`,
    );
  }

  #end({ cutover, plan: digest, outcome, hooks }: CutoverDocument): void {
    const plan = this.#read(vaultPaths.plan(scope, digest)) as CutoverPlan | undefined;
    const sent = plan?.hooks.filter(({ call }) => call.kind === 'http') ?? [];
    const unheard = sent.find(({ hook }) => {
      const key = `${scope.system}.${scope.region}.${cutover}.${hook}`;
      const isDone = hooks.some((one) => one.hook === hook && one.state === 'done');
      return isDone && !this.#world.application.hooked.has(key);
    });
    this.#verdict.must(
      unheard === undefined,
      'cutover-heard',
      () => `${cutover} is ${outcome}, and nobody heard ${unheard?.hook}`,
    );
  }

  #read(path: string): unknown {
    const text = this.#world.vault.text(path);
    return text === undefined ? undefined : JSON.parse(text);
  }
}
