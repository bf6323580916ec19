/** The routes of cutovers. They are approved and rejected by their digest, as everything that waits for a second person. */
import { z } from 'zod';
import {
  cancelCutoverRequest,
  cutoverAloneRequest,
  cutoverPlanResponse,
  cutoversResponse,
  cutoverWordResponse,
  planCutoverRequest,
  requestCutoverRequest,
} from '../api/cutovers.ts';
import { startedResponse } from '../api/runs.ts';
import { cutoverId } from '../cutover-plan.ts';
import { documentDigest, shortId } from '../values.ts';
import { anyRole, operators, paged, type Route } from './route.ts';

const none = z.strictObject({});
const ofCutover = z.strictObject({ system: shortId, cutover: cutoverId });

export const cuttingOverRoutes = {
  planCutover: {
    method: 'POST',
    path: 'cutover-plans',
    summary: 'What a cutover to a restore, or the way back from one, would do and lose; starts nothing',
    roles: operators,
    query: none,
    body: planCutoverRequest,
    answers: { 200: cutoverPlanResponse },
  },
  cutoverPlan: {
    method: 'GET',
    path: 'cutover-plans/{system}/{digest}',
    summary: 'A plan of a cutover that was made before',
    roles: anyRole,
    params: z.strictObject({ system: shortId, digest: documentDigest }),
    query: none,
    answers: { 200: cutoverPlanResponse },
  },
  cutovers: {
    method: 'GET',
    path: 'cutovers/{system}',
    summary: 'The cutovers of a system, the newest first, and the one that is in force',
    roles: anyRole,
    params: z.strictObject({ system: shortId }),
    query: z.strictObject(paged),
    answers: { 200: cutoversResponse },
  },
  requestCutover: {
    method: 'POST',
    path: 'cutovers',
    summary: 'Asks for a cutover or a way back by the digest of its plan; it waits for another person',
    roles: operators,
    query: none,
    body: requestCutoverRequest,
    answers: { 202: startedResponse },
  },
  breakGlassCutover: {
    method: 'POST',
    path: 'cutovers/{system}/{cutover}/break-glass',
    summary: 'Goes on alone where nobody has decided for long enough; everybody is told',
    roles: operators,
    params: ofCutover,
    query: none,
    body: cutoverAloneRequest,
    answers: { 200: cutoverWordResponse },
  },
  cancelCutover: {
    method: 'POST',
    path: 'cutovers/{system}/{cutover}/cancel',
    summary: 'Cancels a cutover that nobody has permitted yet',
    roles: operators,
    params: ofCutover,
    query: none,
    body: cancelCutoverRequest,
    answers: { 202: cutoverWordResponse },
  },
} as const satisfies Record<string, Route>;
