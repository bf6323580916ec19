/** The routes that show something and change nothing. */
import { z } from 'zod';
import { coverageResponse } from '../api/drills.ts';
import { historyLimit, reportHistoryResponse, reportsResponse } from '../api/reports.ts';
import { restoresResponse } from '../api/restores.ts';
import { explanationResponse, pointsResponse } from '../api/retention.ts';
import { operationView, usualCourseResponse } from '../api/runs.ts';
import { scanFindingsResponse } from '../api/scans.ts';
import { statusResponse } from '../api/status.ts';
import { auditFile, auditFiles, auditLimit, auditPart, auditResponse, auditWho } from '../audit.ts';
import { doctorResponse } from '../doctor.ts';
import { holdsResponse } from '../holds.ts';
import { drillServersResponse } from '../reaper.ts';
import { storedReport } from '../report.ts';
import { scanId } from '../scrub.ts';
import { signingKeyFile } from '../signing.ts';
import { instant, shortId } from '../values.ts';
import { anyRole, continuation, digits, keepers, paged, type Route } from './route.ts';

const ofSystem = z.strictObject({ system: shortId });
const none = z.strictObject({});
const drillId = z
  .string()
  .regex(/^drill-\d{8}T\d{6}Z$/, { error: 'must be a drill such as drill-20260301T013000Z' });

export const lookingRoutes = {
  openapi: {
    method: 'GET',
    path: 'openapi.json',
    summary: 'This description',
    roles: anyRole,
    query: none,
    answers: { 200: z.looseObject({ openapi: z.string() }) },
  },
  status: {
    method: 'GET',
    path: 'status',
    summary: 'Every system of the region at a glance',
    roles: anyRole,
    query: none,
    answers: { 200: statusResponse },
  },
  doctor: {
    method: 'GET',
    path: 'doctor',
    summary: 'What a recovery rests on, each thing looked at now',
    roles: anyRole,
    query: none,
    answers: { 200: doctorResponse },
  },
  points: {
    method: 'GET',
    path: 'points/{system}',
    summary: 'The recovery points of a system',
    roles: anyRole,
    params: ofSystem,
    query: z.strictObject(paged),
    answers: { 200: pointsResponse },
  },
  operation: {
    method: 'GET',
    path: 'operations/{id}',
    summary: 'How a started run goes: 202 while it goes on',
    roles: anyRole,
    params: z.strictObject({ id: z.string().min(1).max(200) }),
    query: none,
    answers: { 200: operationView, 202: operationView },
  },
  usualCourse: {
    method: 'GET',
    path: 'operations/{id}/usual',
    summary: "How runs of an operation's kind usually go",
    roles: anyRole,
    params: z.strictObject({ id: z.string().min(1).max(200) }),
    query: none,
    answers: { 200: usualCourseResponse },
  },
  scanFindings: {
    method: 'GET',
    path: 'scans/{system}/{scan}/findings',
    summary: 'What a scan found, or the newest one (latest)',
    roles: anyRole,
    params: z.strictObject({ system: shortId, scan: z.union([scanId, z.literal('latest')]) }),
    query: z.strictObject({ continuation: continuation.optional() }),
    answers: { 200: scanFindingsResponse },
  },
  pruneExplanation: {
    method: 'GET',
    path: 'prunes/{system}/explanation',
    summary: 'Why something is still there, or why it is gone',
    roles: anyRole,
    params: ofSystem,
    query: z.strictObject({ id: z.string().min(1).max(2048) }),
    answers: { 200: explanationResponse },
  },
  drillCoverage: {
    method: 'GET',
    path: 'drills/{system}/coverage',
    summary: 'Which scenarios were played on which kind of recovery point, and what is due',
    roles: anyRole,
    params: ofSystem,
    query: none,
    answers: { 200: coverageResponse },
  },
  drillServers: {
    method: 'GET',
    path: 'drills/{system}/servers',
    summary: 'Servers that drills made and that stand, and what was removed lately',
    roles: anyRole,
    params: ofSystem,
    query: none,
    answers: { 200: drillServersResponse },
  },
  restores: {
    method: 'GET',
    path: 'restores/{system}',
    summary: 'The restores of a system, the newest first',
    roles: anyRole,
    params: ofSystem,
    query: z.strictObject(paged),
    answers: { 200: restoresResponse },
  },
  holds: {
    method: 'GET',
    path: 'holds',
    summary: 'The legal holds of a system, or of all in the region',
    roles: anyRole,
    query: z.strictObject({
      system: shortId.optional(),
      all: z
        .enum(['true', 'false', ''])
        .transform((text) => text !== 'false')
        .optional(),
      ...paged,
    }),
    answers: { 200: holdsResponse },
  },
  reports: {
    method: 'GET',
    path: 'reports/{system}',
    summary: 'The newest reports of a system',
    roles: anyRole,
    params: ofSystem,
    query: z.strictObject(paged),
    answers: { 200: reportsResponse },
  },
  report: {
    method: 'GET',
    path: 'reports/{system}/{drill}',
    summary: 'The report of a drill, its signature, or the key of its signature',
    roles: anyRole,
    params: z.strictObject({ system: shortId, drill: drillId }),
    query: z.strictObject({ format: z.enum(['json', 'markdown', 'jws', 'key']).default('json') }),
    answers: {
      200: {
        'application/json': z.union([storedReport, signingKeyFile]),
        'text/markdown': z.string(),
        'application/jose': z.string(),
      },
    },
  },
  audit: {
    method: 'GET',
    path: 'audit/{system}',
    summary: 'A page of the audit log of a system, the newest entries first',
    roles: keepers,
    params: ofSystem,
    query: z.strictObject({
      limit: digits('must be a whole number').pipe(auditLimit).optional(),
      continuation: paged.continuation,
      since: instant.optional(),
      who: auditWho.optional(),
    }),
    answers: { 200: auditResponse },
  },
  auditFiles: {
    method: 'GET',
    path: 'audit/{system}/files',
    summary: 'The files that the audit log of a system consists of',
    roles: keepers,
    params: ofSystem,
    query: none,
    answers: { 200: auditFiles },
  },
  auditPart: {
    method: 'GET',
    path: 'audit/{system}/files/{kind}/{name}',
    summary: 'Some bytes of such a file, from one of them on',
    roles: keepers,
    params: z.strictObject({ system: shortId, kind: auditFile.shape.kind, name: auditFile.shape.name }),
    query: z.strictObject({ from: digits('must be a whole number').optional() }),
    answers: { 200: auditPart },
  },
  reportHistory: {
    method: 'GET',
    path: 'report-history/{system}',
    summary: 'RPO and RTO over the drills of a system: a page of its chain of reports',
    roles: anyRole,
    params: ofSystem,
    query: z.strictObject({
      limit: digits('must be a whole number').pipe(historyLimit).optional(),
      continuation: paged.continuation,
    }),
    answers: { 200: reportHistoryResponse },
  },
} as const satisfies Record<string, Route>;
