/** Every route that shows something, over what a whole cycle left: each answer is one that the description promises. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { routeNamed, routeNames } from '../../src/contracts/routes/table.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { TestApi } from '../support/api.ts';
import { hubKnowing } from '../support/known-runs.ts';
import { scope } from '../support/sample-estate.ts';
import { WorkflowHub } from '../support/workflow-hub.ts';

const slot = '20260301T013000Z';
const operation = `cycle.shop.westeurope.${slot}`;
const drill = `drill-${slot}`;
let hub: WorkflowHub;
let api: TestApi;

beforeAll(async () => {
  hub = new WorkflowHub();
  const { output } = await hub.run('cycle', operation, { ...scope, slot, trigger: 'person' });
  const instances = new Map([[operation, { state: 'succeeded', output } as const]]);
  api = await TestApi.over(hub.world, { hub: hubKnowing(instances, hub.world.deps.clock) });
  await api.post('holds', { system: 'shop', what: { everything: true }, reason: 'case 12' });
});
afterAll(() => hub.close());

/** What to ask of each route; of the others it is `path` alone. */
const asked: Readonly<Record<string, readonly string[]>> = {
  operation: [`operations/${operation}`],
  usualCourse: [`operations/${operation}/usual`],
  scanFindings: ['scans/shop/latest/findings'],
  pruneExplanation: [`prunes/shop/explanation?id=on-demand-${slot}`],
  report: ['json', 'markdown', 'jws', 'key'].map((form) => `reports/shop/${drill}?format=${form}`),
};
/** They need what no cycle leaves; tests of their own ask them. */
const elsewhere = new Set(['approval', 'restorePlan', 'cutoverPlan', 'auditPart']);

test.each(routeNames.filter((name) => routeNamed(name).method === 'GET' && !elsewhere.has(name)))(
  '%s',
  async (name) => {
    const usual = routeNamed(name).path.replace('{system}', 'shop');
    for (const path of asked[name] ?? [usual]) {
      const answer = await api.get(path, 'auditor');
      expect(answer.status, `${path}: ${answer.text}`).toBe(200);
      expect(answer.headers['etag']).toMatch(/^"[\w-]{43}"$/);
    }
  },
);

test('a route of which nothing may be told tells nothing of what failed within', async () => {
  const secret = 'AccountKey=c2VjcmV0; at /srv/app/vault.ts:12';
  const broken = { ...hub.world.deps, vault: brokenVault(secret) };
  const answering = await TestApi.over({ deps: broken });
  for (const name of routeNames.filter((one) => routeNamed(one).method === 'GET' && !elsewhere.has(one)))
    for (const path of asked[name] ?? [routeNamed(name).path.replace('{system}', 'shop')]) {
      const { text, status } = await answering.get(path, 'auditor');
      expect(text, path).not.toMatch(/c2VjcmV0|vault\.ts/);
      expect(status, path).not.toBe(503);
    }
});

/** A vault of which every call throws something that nobody foresaw. */
function brokenVault(message: string): typeof hub.world.deps.vault {
  return new Proxy(hub.world.deps.vault, {
    get: () => () => {
      throw new Error(message);
    },
  });
}

test('the chain of reports is what the cycle began', () => {
  expect(hub.world.vault.paths(vaultPaths.report(scope, drill))).toHaveLength(1);
});
