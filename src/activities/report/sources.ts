/** What a report is made from. */
import type { DrillPlan, RecoveryPoint } from '../../contracts/documents.ts';
import type { DrillFacts } from '../../contracts/drill.ts';
import type { ExerciseDocument } from '../../contracts/exercise.ts';
import type { Estate, EstateSystem } from '../../contracts/estate.ts';

export interface ReportSources {
  readonly facts: DrillFacts;
  readonly plan: DrillPlan;
  /** The recorded point; undefined where nothing was recorded of the instant. */
  readonly point: RecoveryPoint | undefined;
  readonly system: EstateSystem;
  readonly estate: Estate;
  /** What the next drill of the schedule plays. */
  readonly nextScenario: string;
  /** What was played in the source before, where something was. */
  readonly exercise: ExerciseDocument | undefined;
  /** The stores that rows of the restored databases refer to. */
  readonly stores: readonly { readonly store: string; readonly database: string }[];
  /** Stores whose content is encrypted by its clients. */
  readonly opaque: readonly string[];
  /** What the drill would have covered by the approved estate, and does not by a weaker one that nobody approved. */
  readonly notKept: readonly string[];
  /** Who acts where no person does. */
  readonly actor: string;
  /** The key that signs, without its version. */
  readonly signingKey: string;
}
