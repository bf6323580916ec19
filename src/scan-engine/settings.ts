/** The engine's bounds in one table, each with its reason; whatever waits, repeats or grows is bounded by one of them. */

export interface EngineSettings {
  /** Blobs on a page of a listing; more than 5,000 are never given. */
  readonly pageSize: number;
  /** A connection on which nothing came for so long is given up while an answer is due, and closed while none is. */
  readonly silenceMilliseconds: number;
  /** An answer may come slowly, but not slower than this on the whole, after a minute's grace. */
  readonly minimumBytesPerSecond: number;
  /** Repetitions of a request that the service was too busy for. */
  readonly busyRetries: number;
  /** The first wait after such an answer without Retry-After; it doubles each time. */
  readonly busyWaitMilliseconds: number;
  /** No single wait is longer than this, whatever Retry-After says. */
  readonly longestWaitMilliseconds: number;
  /** Blobs read at once in the beginning; more when the thread has time left, fewer when the service is busy. */
  readonly firstConcurrency: number;
  /** A thread that is busy for more than this part of the time gains nothing by more requests: it asks for help. */
  readonly saturatedShare: number;
  /** With less than this left on a page its end comes before help does. */
  readonly helpFromSeconds: number;
  /** Starting a thread for that and compiling its code cost a fifth of a second of a processor: a small part of this. */
  readonly startFromSeconds: number;
}

export const defaultSettings: EngineSettings = {
  pageSize: 5_000,
  silenceMilliseconds: 30_000,
  minimumBytesPerSecond: 16_384,
  busyRetries: 4,
  busyWaitMilliseconds: 500,
  longestWaitMilliseconds: 15_000,
  firstConcurrency: 16,
  saturatedShare: 0.85,
  helpFromSeconds: 0.05,
  startFromSeconds: 3,
};
