/** What scans came to and found. */
import { z } from 'zod';
import { scanDocument, scanFinding } from '../scan-documents.ts';
import { continuation } from './paging.ts';

/** What the newest scan came to. */
export const scanSummary = scanDocument
  .pick({ id: true, endedAt: true, outcome: true, detail: true, counts: true, stores: true })
  .partial({ stores: true })
  .extend({ worst: z.array(scanFinding) });
export type ScanSummary = z.infer<typeof scanSummary>;

/** Findings of a scan: one page of them. */
export const scanFindingsResponse = z.object({
  scan: scanDocument.omit({ findings: true }),
  findings: z.array(scanFinding),
  continuation,
});
export type ScanFindingsResponse = z.infer<typeof scanFindingsResponse>;
