/** The reports of a system, and RPO and RTO over its drills. */
import { z } from 'zod';
import { pointId } from '../documents.ts';
import { drillReport, objectiveTrend } from '../report.ts';
import { instant, regionName, shortId } from '../values.ts';
import { continuation } from './paging.ts';

/** The newest reports of a system. */
export const reportsResponse = z.object({
  reports: z.array(
    z.object({
      id: z.string(),
      signed: z.boolean(),
      /** Its place in the chain; those of version 1 have none. */
      number: z.int().optional(),
      finalizedAt: instant.optional(),
      result: drillReport.shape.result.optional(),
      point: pointId.optional(),
      unreadable: z.string().optional(),
    }),
  ),
  /** How many more there are. */
  older: z.int().nonnegative(),
  continuation,
});
export type ReportsResponse = z.infer<typeof reportsResponse>;

const achieved = z.object({
  objectiveSeconds: z.number(),
  /** Left out where it could not be measured. */
  seconds: z.number().optional(),
  verdict: drillReport.shape.recovery.shape.rpo.shape.verdict,
});

/** Whether a report is what its signature says; `unknown`: something to verify it with is not there. */
export const signatureStanding = z.object({
  state: z.enum(['verified', 'unsigned', 'not-verified', 'unknown']),
  /** What is wrong with it, or missing. */
  problems: z.array(z.string()),
});

/** One report in the history of a system. */
export const historyReport = z.object({
  number: z.int().positive(),
  drill: z.string(),
  declaredAt: instant,
  scenario: z.string(),
  point: pointId,
  result: drillReport.shape.result,
  rpo: achieved,
  rto: achieved,
  signature: signatureStanding,
});
export type HistoryReport = z.infer<typeof historyReport>;

const figures = z.object({
  measured: z.int().positive(),
  minimum: z.number(),
  median: z.number(),
  worst: z.number(),
  trend: objectiveTrend,
});

/** How many reports a page of the history may have. */
export const historyLimit = z.int().min(1).max(100);
/** RPO and RTO of a system over its drills: one page of its chain of reports. */
export const reportHistoryResponse = z.object({
  schema: z.literal('lifeboat/report-history/v1'),
  system: shortId,
  region: regionName,
  /** The newest first. */
  reports: z.array(historyReport),
  /** Reports of the page that cannot be read; nothing of them is in the figures. */
  unreadable: z.array(z.object({ number: z.int().positive(), problem: z.string() })),
  /**
   * Over the page, for each scenario. A report that does not verify counts for nothing here.
   */
  figures: z.array(
    z.object({ scenario: z.string(), drills: z.int(), rpo: figures.optional(), rto: figures.optional() }),
  ),
  continuation,
});
export type ReportHistoryResponse = z.infer<typeof reportHistoryResponse>;
