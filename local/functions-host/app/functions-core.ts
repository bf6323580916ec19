/**
 * Stand-in for the module `@azure/functions-core`, which on Azure is the Node worker itself: the app registers its
 * functions, hooks and programming model here while it loads. Registration closes when loading is over.
 */
import type { Logger, LogLevel } from '../log.ts';
import type { AppFunction, Binding } from './function-app.ts';
import type { ProgrammingModel } from './programming-model.ts';

/** Answers of the host to `hostVersion`; HTTP streaming asks for 4.28 or later. */
export const HOST_VERSION = '4.1037.0';

const HOOKS = ['preInvocation', 'postInvocation', 'appStart', 'appTerminate', 'log'] as const;

/** Moments at which an app can hook in. */
export type HookName = (typeof HOOKS)[number];

type Hook = (context: object) => unknown;

interface FunctionMetadata {
  readonly name: string;
  readonly functionId?: string;
  readonly bindings: Record<string, Omit<Binding, 'name'>>;
}

class Disposable {
  #dispose: () => unknown;
  constructor(dispose: () => unknown) {
    this.#dispose = dispose;
  }
  static from(...all: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => all.forEach((each) => each.dispose()));
  }
  dispose(): unknown {
    const dispose = this.#dispose;
    this.#dispose = () => {};
    return dispose();
  }
}

function systemError(message: string): Error {
  return Object.assign(new Error(message), { isAzureFunctionsSystemError: true });
}

/** What an app registered, and the API through which it did. */
export class FunctionsCore {
  readonly functions = new Map<string, AppFunction>();
  /** Kept from hook to hook, as the worker does. */
  readonly hookData = { app: {}, appLevel: {} };
  readonly #hooks = new Map<HookName, Hook[]>(HOOKS.map((name) => [name, []]));
  readonly #log: Logger;
  #model: ProgrammingModel | undefined;
  #isClosed = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** The programming model the app's library registered. */
  get model(): ProgrammingModel | undefined {
    return this.#model;
  }

  /** Ends registration. */
  close(): void {
    this.#isClosed = true;
  }

  /** Runs the hooks of one moment in order. */
  async runHooks(name: HookName, context: object): Promise<void> {
    for (const hook of this.#hooks.get(name) ?? []) await hook(context);
  }

  hasHooks(name: HookName): boolean {
    return (this.#hooks.get(name) ?? []).length > 0;
  }

  /** The module's exports. */
  api(): object {
    return {
      version: '3.12.0',
      hostVersion: HOST_VERSION,
      Disposable,
      setProgrammingModel: (model: ProgrammingModel) => {
        this.#model = model;
      },
      getProgrammingModel: () => this.#model,
      log: (level: LogLevel, _category: string, message: string) => this.#log(level, message),
      registerHook: (name: HookName, hook: Hook) => this.#registerHook(name, hook),
      registerFunction: (metadata: FunctionMetadata, callback: AppFunction['callback']) =>
        this.#registerFunction(metadata, callback),
    };
  }

  #registerHook(name: HookName, hook: Hook): Disposable {
    const hooks = this.#hooks.get(name);
    if (hooks === undefined) throw systemError(`Unrecognized hook "${name}".`);
    hooks.push(hook);
    return new Disposable(() => hooks.splice(hooks.indexOf(hook), 1));
  }

  #registerFunction(metadata: FunctionMetadata, callback: AppFunction['callback']): Disposable {
    if (this.#isClosed) throw systemError('A function can only be registered during app startup.');
    const id = metadata.functionId ?? metadata.name;
    if (this.functions.has(id)) throw systemError(`A function with id "${id}" has already been registered.`);
    this.functions.set(id, toAppFunction(id, metadata, callback));
    return new Disposable(() => this.functions.delete(id));
  }
}

function toAppFunction(
  id: string,
  metadata: FunctionMetadata,
  callback: AppFunction['callback'],
): AppFunction {
  const bindings = Object.entries(metadata.bindings).map(([name, binding]): Binding => ({
    ...binding,
    name,
  }));
  const trigger = bindings.find((binding) => /trigger$/i.test(binding.type));
  if (trigger === undefined) throw systemError(`The function "${metadata.name}" has no trigger.`);
  const visible = Object.entries(metadata.bindings).map(([name, binding]) => [name, visiblePart(binding)]);
  const modelMetadata = {
    name: metadata.name,
    functionId: id,
    bindings: Object.fromEntries(visible) as Record<string, object>,
  };
  return { id, name: metadata.name, bindings, trigger, callback, modelMetadata };
}

/** What the worker hands back to the library: not the whole binding. */
function visiblePart(binding: Omit<Binding, 'name'>): object {
  const { type, direction, dataType, properties } = binding;
  return {
    type,
    direction,
    ...(dataType === undefined ? {} : { dataType }),
    ...(properties === undefined ? {} : { properties }),
  };
}
