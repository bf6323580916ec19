/** The files of an audit log, wherever they come from. */

/** One file of a log. */
export interface LogFile {
  readonly name: string;
  readonly open: () => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;
}

/** The files of a log, each kind in the order of the names. */
export interface LogFiles {
  readonly system: string;
  readonly region: string;
  readonly segments: readonly LogFile[];
  /** Segments from before entries were chained. */
  readonly unchained: readonly LogFile[];
  readonly checkpoints: readonly LogFile[];
  /** The vault's copies of the checkpoints. */
  readonly copies: readonly LogFile[];
}
