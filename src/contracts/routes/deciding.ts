/** The routes of what waits for a second person. Whoever asked for it does not approve it, whatever their roles. */
import { z } from 'zod';
import { approvalsResponse, approvalView, decisionRequest, decisionResponse } from '../api/approvals.ts';
import { documentDigest, shortId } from '../values.ts';
import { anyRole, paged, type Route } from './route.ts';

const decision = {
  method: 'POST',
  params: z.strictObject({ system: shortId }),
  query: z.strictObject({}),
  body: decisionRequest,
  answers: { 200: decisionResponse },
} as const;

export const decidingRoutes = {
  approvals: {
    method: 'GET',
    path: 'approvals',
    summary: 'What waits for a second person: prunes, repairs, weaker estates, restores, cutovers',
    roles: anyRole,
    query: z.strictObject({ system: shortId.optional(), ...paged }),
    answers: { 200: approvalsResponse },
  },
  approval: {
    method: 'GET',
    path: 'approvals/{system}/{digest}',
    summary: 'What the digest of a plan or of an estate would do, and how the decision on it stands',
    roles: anyRole,
    params: z.strictObject({ system: shortId, digest: documentDigest }),
    query: z.strictObject({}),
    answers: { 200: approvalView },
  },
  approve: {
    ...decision,
    path: 'approvals/{system}/approve',
    summary: 'Approves what somebody else asked for, by its digest',
    roles: ['approver'],
  },
  reject: {
    ...decision,
    path: 'approvals/{system}/reject',
    summary: 'Rejects what somebody else asked for, by its digest',
    roles: ['approver'],
  },
} as const satisfies Record<string, Route>;
