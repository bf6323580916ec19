/** What a measured program is told, as one JSON argument, and what it says at its end, as one line of JSON. */

/** Where the blobs are. */
export interface Target {
  /** The account's URL. */
  readonly account: string;
  readonly container: string;
}

/** The engine alone. */
export interface EngineOrder extends Target {
  /** Scan threads; 0: the engine runs on the main thread. */
  readonly threads: number;
  /** Blobs read at once by each. */
  readonly concurrency: number;
  /** Whether blobs are hashed; otherwise they are listed only. */
  readonly isHashing: boolean;
}

/** The scan as it is shipped. */
export interface ScanOrder extends Target {
  /** The folder that is the vault. */
  readonly vault: string;
  readonly mode: 'full' | 'known-bad';
  readonly concurrency: number;
  /** The storage library is there from the beginning, as in the deployed process, whose vault needs it. */
  readonly hasLibrary?: boolean;
}

/** What a program came to; the bench compares it with what the store holds. */
export interface Outcome {
  readonly listed: number;
  readonly hashed: number;
  readonly bytes: number;
  /** Blobs that were not found right. */
  readonly doubtful: number;
}

/** The order that this process was given. */
export function readOrder(): unknown {
  return JSON.parse(process.argv[2] ?? '{}');
}

/** Says what this process came to. */
export function tellOutcome(outcome: Outcome): void {
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
}

/** As long as the token of a managed identity is; sent with every request, as the deployed scan does. */
export const bearerHeader = `Bearer ${'e'.repeat(1_200)}`;
