/** Decisions on what waits for a second person, as the API takes them. */
import { beforeEach, expect, test } from 'vitest';
import { approvalsResponse, approvalView, decisionResponse } from '../../src/contracts/api/approvals.ts';
import { TestApi } from '../support/api.ts';
import { approvalPath, heldPrune, takeUp } from '../support/held-prune.ts';
import { subjectWith, tenant } from '../support/issuer.ts';
import type { Planned } from '../support/prune-steps.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import type { World } from '../support/world.ts';

let world: World;
let planned: Planned;
let api: TestApi;
beforeEach(async () => {
  ({ world, planned } = await heldPrune(new VirtualWallClock('2026-03-01T01:30:00.000Z')));
  api = await TestApi.over(world);
});

const word = (headers: Record<string, string> = {}, reason = 'read') =>
  api.as('approver', {
    ...{ method: 'POST', path: 'approvals/shop/approve', headers },
    body: JSON.stringify({ digest: planned.plan, reason }),
  });
const approver = `${subjectWith(['approver'])}@${tenant}`;

test('what waits is listed and shown by its digest, with an ETag', async () => {
  const listed = await api.get('approvals');
  const { approvals } = approvalsResponse.parse(listed.json);
  expect(approvals).toMatchObject([{ kind: 'prune', id: planned.prune, digest: planned.plan }]);
  expect(approvalsResponse.parse((await api.get('approvals?system=shop')).json).approvals).toEqual(approvals);
  const one = await api.get(`approvals/shop/${planned.plan}`);
  const { lines, ...shown } = approvalView.parse(one.json);
  expect(shown).toEqual(approvals[0]);
  expect(lines).toHaveLength(4);
  expect(lines?.[0]).toMatch(/^on-demand-20260302T013000Z: expired: it is 8 days old/);
  const again = await api.as('reader', {
    ...{ method: 'GET', path: `approvals/shop/${planned.plan}` },
    headers: { 'if-none-match': one.headers['etag'] ?? '' },
  });
  expect(again.status).toBe(304);
});

test('an approver’s token is what stands in the vault, and lets the plan go', async () => {
  const answer = await word();
  expect(decisionResponse.parse(answer.json)).toMatchObject({
    ...{ kind: 'prune', id: planned.prune, decision: 'approved', by: approver },
  });
  expect(world.vault.json(approvalPath(planned))).toMatchObject({ by: approver, decision: 'approved' });
  expect(await takeUp(world, planned)).toMatchObject({ outcome: 'done' });
  expect((await api.get(`approvals/shop/${planned.plan}`)).json).toMatchObject({ state: 'approved' });
});

test('a request that names itself is decided once; another one under its name is refused', async () => {
  const first = await word({ 'idempotency-key': 'k' });
  expect(first.status).toBe(200);
  expect(await word({ 'idempotency-key': 'k' })).toEqual(first);
  expect((await word({ 'idempotency-key': 'k' }, 'another reason')).status).toBe(409);
});

test('a digest of nothing, a decision without a reason and a system that is none are told as what they are', async () => {
  const post = (body: object, system = 'shop') => api.post(`approvals/${system}/reject`, body, 'approver');
  const nothing = { digest: `sha256-${'0'.repeat(64)}`, reason: 'x' };
  expect((await post(nothing)).status).toBe(404);
  expect((await post({ digest: planned.plan })).status).toBe(400);
  expect((await post(nothing, 'crm')).status).toBe(404);
  expect((await api.get('approvals/shop/sha256-1')).status).toBe(400);
});
