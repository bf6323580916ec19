/** What a sabotage is: one thing that is wrong with what a drill restores, or with what it goes by, and what must be said. */
import type { DrillReport } from '../../src/contracts/report.ts';
import type { SabotagedDrill } from './stage.ts';

export interface Sabotage {
  readonly name: string;
  /** Done to the restored database before the drill comes to it; `undo` puts right what is of the whole server. */
  readonly sql?: string;
  readonly undo?: string;
  /** Anything else, done before the drill. */
  readonly arrange?: (drill: SabotagedDrill) => void | Promise<void>;
  readonly result: Exclude<DrillReport['result'], 'PASS'>;
  /** The checks that do not pass, and no other one; left out where no check is run. */
  readonly checks?: readonly string[];
  /** What one of the reasons or findings says. */
  readonly says: RegExp;
}
