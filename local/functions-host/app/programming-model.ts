/** The shapes of the worker protocol that the app's library (`@azure/functions`) marshals by itself. */

/** A value in the worker protocol; exactly one field is set, none for null. */
export interface TypedDataFields {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly int?: number;
  readonly double?: number;
  readonly http?: HttpData;
}

/** A value, or none. */
export type TypedData = TypedDataFields | null | undefined;

interface Nullable<T> {
  readonly value: T;
}

/** A cookie of a response; the odd spelling of its fields is the protocol's. */
export interface CookieData {
  readonly name: string;
  readonly value: string;
  readonly domain?: Nullable<string>;
  readonly path?: Nullable<string>;
  readonly expires?: Nullable<{ readonly seconds: number }>;
  readonly secure?: Nullable<boolean>;
  readonly httpOnly?: Nullable<boolean>;
  readonly sameSite?: string;
  readonly maxAge?: Nullable<number>;
}

/** A request to, or a response from, an HTTP function. */
export interface HttpData {
  readonly method?: string;
  readonly url?: string;
  readonly nullableHeaders?: Record<string, Nullable<string>>;
  readonly nullableQuery?: Record<string, Nullable<string>>;
  readonly nullableParams?: Record<string, Nullable<string>>;
  readonly statusCode?: string;
  readonly headers?: Record<string, string>;
  readonly cookies?: readonly CookieData[];
  readonly body?: TypedData;
}

/** A named input of an invocation. */
export interface InputValue {
  readonly name: string;
  readonly data: TypedData;
}

/** What the library is told of one invocation. */
export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly metadata: object;
  readonly request: object;
  state: string | undefined;
  log(level: string, category: string, message: string): void;
}

/** The library's part in one invocation. */
export interface InvocationModel {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>;
  invokeFunction(
    context: object,
    inputs: unknown[],
    callback: (...values: unknown[]) => unknown,
  ): Promise<unknown>;
  getResponse(context: object, result: unknown): Promise<{ returnValue?: TypedData }>;
}

/** The library's part in the worker. */
export interface ProgrammingModel {
  getInvocationModel(context: CoreInvocationContext): InvocationModel;
  getCapabilities?(
    capabilities: Record<string, string>,
  ): Promise<Record<string, string>> | Record<string, string>;
}
