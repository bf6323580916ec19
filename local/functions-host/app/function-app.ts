/**
 * The narrow port between the host and an app: the functions it registered, the capabilities it asked for, and one
 * way to run a function. HTTP, timers and the durable engine use nothing else.
 */
import type { InputValue, TypedData } from './programming-model.ts';

/** A binding of a function; further fields depend on its type. */
export interface Binding {
  readonly name: string;
  readonly type: string;
  readonly direction: string;
  readonly dataType?: string;
  readonly properties?: unknown;
  readonly route?: string;
  readonly methods?: readonly string[];
  readonly authLevel?: string;
  readonly schedule?: string;
  readonly runOnStartup?: boolean;
  readonly useMonitor?: boolean;
  readonly orchestration?: string;
  readonly activity?: string;
}

/** A registered function. */
export interface AppFunction {
  readonly id: string;
  readonly name: string;
  readonly bindings: readonly Binding[];
  readonly trigger: Binding;
  readonly callback: (...values: unknown[]) => unknown;
  /** What the app's library is told of the function. */
  readonly modelMetadata: {
    readonly name: string;
    readonly functionId: string;
    readonly bindings: Record<string, object>;
  };
}

/** One call of a function. */
export interface Invocation {
  readonly invocationId?: string;
  readonly inputs: readonly InputValue[];
  readonly triggerMetadata?: Record<string, TypedData>;
}

/** What a call returned: as the library marshalled it, and the function's own object. */
export interface InvocationResult {
  readonly returnValue: TypedData;
  readonly raw: unknown;
}

/** A loaded app. */
export interface FunctionApp {
  readonly functions: readonly AppFunction[];
  readonly capabilities: Readonly<Record<string, string>>;
  /** Rejects with what the function threw. */
  invoke(target: AppFunction, invocation: Invocation): Promise<InvocationResult>;
  /** Runs the app's terminate hooks. */
  terminate(): Promise<void>;
}

/** Whether the function has this trigger type; types are case-insensitive. */
export function hasTrigger(target: AppFunction, type: string): boolean {
  return target.trigger.type.toLowerCase() === type.toLowerCase();
}

/** The inputs for a function's durable clients: `clientJson` for each, nothing for other extra inputs. */
export function extraInputs(target: AppFunction, clientJson: () => string): InputValue[] {
  const extra = target.bindings.filter((binding) => binding.direction === 'in' && binding !== target.trigger);
  return extra.map(({ name, type }) => ({
    name,
    data: /^(durable|orchestration)client$/i.test(type) ? { string: clientJson() } : null,
  }));
}
