/** The routes of restores for people: who asks for one does not approve it, and who approves does not ask for it. */
import { z } from 'zod';
import {
  cancelRestoreRequest,
  cancelRestoreResponse,
  planRestoreRequest,
  requestRestoreRequest,
  restorePlanResponse,
  restoreWordRequest,
  restoreWordResponse,
} from '../api/restores.ts';
import { startedResponse } from '../api/runs.ts';
import { addErasuresRequest, addErasuresResponse, erasuresResponse } from '../erasures.ts';
import { restoreId } from '../restore-request.ts';
import { documentDigest, shortId } from '../values.ts';
import { anyRole, operators, type Route } from './route.ts';

const none = z.strictObject({});
const ofRestore = z.strictObject({ system: shortId, restore: restoreId });
/** Says a word on a restore that was asked for. */
const word = {
  method: 'POST',
  params: ofRestore,
  query: none,
  body: restoreWordRequest,
  answers: { 200: restoreWordResponse },
} as const;

export const restoringRoutes = {
  planRestore: {
    method: 'POST',
    path: 'restore-plans',
    summary: 'What a restore would do, lose and take; starts nothing',
    roles: operators,
    query: none,
    body: planRestoreRequest,
    answers: { 200: restorePlanResponse },
  },
  restorePlan: {
    method: 'GET',
    path: 'restore-plans/{system}/{digest}',
    summary: 'A plan of a restore that was made before',
    roles: anyRole,
    params: z.strictObject({ system: shortId, digest: documentDigest }),
    query: none,
    answers: { 200: restorePlanResponse },
  },
  erasures: {
    method: 'GET',
    path: 'erasures/{system}',
    summary: 'How many erasures are applied again to what is restored, and the newest of them',
    roles: anyRole,
    params: z.strictObject({ system: shortId }),
    query: none,
    answers: { 200: erasuresResponse },
  },
  addErasures: {
    method: 'POST',
    path: 'erasures',
    summary: 'Adds erasures that were done in the source, by ids without content',
    roles: operators,
    query: none,
    body: addErasuresRequest,
    answers: { 200: addErasuresResponse },
  },
  requestRestore: {
    method: 'POST',
    path: 'restores',
    summary: 'Asks for a restore by the digest of its plan; it waits for another person',
    roles: operators,
    query: none,
    body: requestRestoreRequest,
    answers: { 202: startedResponse },
  },
  approveRestore: {
    ...word,
    path: 'restores/{system}/{restore}/approve',
    summary: 'Approves a restore that another person asked for',
    roles: ['approver'],
  },
  rejectRestore: {
    ...word,
    path: 'restores/{system}/{restore}/reject',
    summary: 'Rejects a restore that another person asked for',
    roles: ['approver'],
  },
  breakGlass: {
    ...word,
    path: 'restores/{system}/{restore}/break-glass',
    summary: 'Goes on alone where nobody has decided for long enough; everybody is told',
    roles: operators,
  },
  cancelRestore: {
    method: 'POST',
    path: 'restores/{system}/{restore}/cancel',
    summary: 'Cancels a restore that has not ended',
    roles: operators,
    params: ofRestore,
    query: none,
    body: cancelRestoreRequest,
    answers: { 202: cancelRestoreResponse },
  },
} as const satisfies Record<string, Route>;
