/** What drills came to, and what they have covered. */
import { z } from 'zod';
import { pointId } from '../documents.ts';
import { drillReport } from '../report.ts';
import { instant, regionName } from '../values.ts';

/** Which scenarios were played on which kind of recovery point. */
export const coverageResponse = z.object({
  region: regionName,
  at: instant,
  cells: z.array(
    z.object({
      kind: z.string(),
      scenario: z.string(),
      /** The newest drill that passed. */
      proof: z.object({ drill: z.string(), at: instant, ageSeconds: z.number() }).optional(),
      /** The newest that was played or tried. */
      last: z.object({ drill: z.string(), at: instant, result: drillReport.shape.result }).optional(),
    }),
  ),
  /** What a rotation plays next; left out where nothing can be played. */
  due: z.object({ kind: z.string(), scenario: z.string() }).optional(),
  /** When the schedule plays next, and what: `rotate` is what is due then. */
  scheduled: z.object({ scenario: z.string(), at: instant.optional() }),
});
export type CoverageResponse = z.infer<typeof coverageResponse>;

/** What the last drill came to, taken from its report. */
export const drillSummary = drillReport
  .pick({ id: true, finalizedAt: true, result: true, reasons: true, statuses: true, timeline: true })
  .extend({
    point: pointId,
    rpo: drillReport.shape.recovery.shape.rpo,
    rto: drillReport.shape.recovery.shape.rto,
    rtoBreakdownSeconds: drillReport.shape.recovery.shape.rtoBreakdownSeconds,
    checks: z.object({ passed: z.int(), total: z.int() }),
    findings: z.int(),
    /** Whether a signature lies beside the report. */
    signed: z.boolean().optional(),
    /** Paths in the vault. */
    report: z.string(),
    markdown: z.string(),
  });
export type DrillSummary = z.infer<typeof drillSummary>;
