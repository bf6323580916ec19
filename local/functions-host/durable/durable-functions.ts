/**
 * The narrow port through which the engine runs code: orchestrators, activities and entities by name. The host
 * implements it over a loaded app, a simulator over plain functions. Names are matched without regard to case.
 */
import type { OrchestratorState } from './actions.ts';
import type { TurnInput } from './orchestration-payload.ts';

/** Kinds of durable functions. */
export type DurableKind = 'orchestrator' | 'activity' | 'entity';

/** What a turn of an orchestrator returned. */
export interface OrchestratorResult {
  readonly state: OrchestratorState;
  /** The stack of the orchestrator's failure, where it failed. */
  readonly stack?: string | undefined;
  /** In words: a task that stands twice in the actions. */
  readonly reusedTask?: string | undefined;
}

/** What a batch of entity operations returned; state and results are JSON text. */
export interface EntityBatchResult {
  readonly entityExists: boolean;
  readonly entityState?: string | null;
  readonly results: readonly { readonly isError: boolean; readonly result?: string }[];
  readonly signals?: readonly {
    readonly target: { readonly name: string; readonly key: string };
    readonly name: string;
    readonly input: string;
  }[];
}

/** Runs durable functions; each throws what the function threw. */
export interface DurableFunctions {
  has(kind: DurableKind, name: string): boolean;
  runOrchestrator(name: string, turn: TurnInput): Promise<OrchestratorResult>;
  /** `input` is JSON text or null; resolves to JSON text. */
  runActivity(name: string, input: string | null, instanceId: string): Promise<string>;
  /** `payload` is the JSON of the entity trigger. */
  runEntity(name: string, payload: string): Promise<EntityBatchResult>;
}

const FAILURE_LABEL = '\n\n$OutOfProcData$:';

/** The state inside the error that durable-functions throws for a failed orchestrator; undefined for other errors. */
export function stateOfFailure(thrown: unknown): OrchestratorResult | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const at = thrown.message.indexOf(FAILURE_LABEL);
  if (at < 0) return undefined;
  const state = JSON.parse(thrown.message.slice(at + FAILURE_LABEL.length)) as OrchestratorState;
  return { state, stack: thrown.stack };
}
