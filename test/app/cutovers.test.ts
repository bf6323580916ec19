/** Cutovers over the API: planned, asked for once, decided on by somebody else, listed; who may what. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CutoversResponse } from '../../src/contracts/api/cutovers.ts';
import { cutoverHub, readyRestore } from '../support/cutover-steps.ts';
import { TestApi } from '../support/api.ts';
import { hubKnowing } from '../support/known-runs.ts';
import type { WorkflowHub } from '../support/workflow-hub.ts';

let hub: WorkflowHub;
let api: TestApi;
let restore: string;

beforeEach(async () => {
  ({ hub } = cutoverHub());
  ({ restore } = await readyRestore(hub.world));
  const known = hubKnowing(new Map(), hub.world.deps.clock);
  api = await TestApi.over(hub.world, { hub: { ...known, start: () => Promise.resolve() } });
});
afterEach(() => hub.close());

async function planned(): Promise<{ readonly digest: string; readonly cutover: string }> {
  const { status, json, text } = await api.post('cutover-plans', { system: 'shop', restore });
  expect(status, text).toBe(200);
  const { digest, plan } = json as { digest: string; plan: { cutover: string } };
  return { digest, cutover: plan.cutover };
}
const order = (digest: string) => ({ system: 'shop', plan: digest, reason: 'r', confirm: 'shop-again' });

test('a plan is kept, asked for by its digest, waits among the approvals, and is listed', async () => {
  const { digest, cutover } = await planned();
  expect((await api.get(`cutover-plans/shop/${digest}`)).status).toBe(200);
  const asked = await api.post('cutovers', order(digest));
  expect(asked.status, asked.text).toBe(202);
  expect((await api.post('cutovers', order(digest))).json).toEqual(asked.json);
  const { json } = await api.get('approvals');
  expect(json).toMatchObject({ approvals: [{ kind: 'cutover', id: cutover, digest, state: 'waiting' }] });
  const listed = (await api.get('cutovers/shop')).json as CutoversResponse;
  expect(listed.cutovers).toMatchObject([{ id: cutover, plan: { cutover }, request: { plan: digest } }]);
  expect(listed.inForce).toBeUndefined();
});

test('an approver approves it by its digest, and an operator does not', async () => {
  const { digest, cutover } = await planned();
  await api.post('cutovers', order(digest));
  const word = { digest, reason: 'seen' };
  expect((await api.post('approvals/shop/approve', word)).status).toBe(403);
  const approved = await api.post('approvals/shop/approve', word, 'approver');
  expect(approved.json).toMatchObject({ kind: 'cutover', id: cutover, decision: 'approved' });
});

test.each(['reader', 'approver', 'auditor'] as const)('a %s plans and asks for none', async (role) => {
  const { digest, cutover } = await planned();
  expect((await api.post('cutover-plans', { system: 'shop', restore }, role)).status).toBe(403);
  expect((await api.post('cutovers', order(digest), role)).status).toBe(403);
  const word = { digest, reason: 'r' };
  expect((await api.post(`cutovers/shop/${cutover}/break-glass`, word, role)).status).toBe(403);
  expect((await api.post(`cutovers/shop/${cutover}/cancel`, { reason: 'r' }, role)).status).toBe(403);
});

test('one is cancelled before it is permitted; alone nobody goes on at once', async () => {
  const { digest, cutover } = await planned();
  await api.post('cutovers', order(digest));
  const alone = await api.post(`cutovers/shop/${cutover}/break-glass`, { digest, reason: 'r' });
  expect(alone.status).toBe(409);
  const cancelled = await api.post(`cutovers/shop/${cutover}/cancel`, { reason: 'a mistake' });
  expect(cancelled.status, cancelled.text).toBe(202);
  const none = await api.post('cutovers/shop/cutover-20200101T000000Z/cancel', { reason: 'r' });
  expect(none.status).toBe(404);
});
