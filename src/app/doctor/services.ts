/** The checks of what a region stands on: vault, clocks, signing key, task hub, and the group for drills. */
import { createPublicKey, verify } from 'node:crypto';
import type { Dependencies } from '../../activities/dependencies.ts';
import { serversOfGroup } from '../../activities/leaked-servers.ts';
import type { Scoped } from '../../activities/scope.ts';
import { instantOf, isoOf } from '../../contracts/values.ts';
import { vaultPaths } from '../../contracts/vault-paths.ts';
import {
  judgeClocks,
  judgeSignature,
  judgeTaskHub,
  judgeVaultWrite,
  type TriedSignature,
} from '../../policy/doctor/services.ts';
import { judgeGroup } from '../../policy/doctor/upkeep.ts';
import { well } from '../../policy/doctor/verdict.ts';
import type { TaskHubBacklog } from '../../ports/task-hub.ts';
import { check, type Check } from './run.ts';

/** What is looked at once for the region. */
export function serviceChecks(deps: Dependencies, hub: TaskHubBacklog, all: readonly Scoped[]): Check[] {
  return [
    check(
      'vault read',
      () => listVault(deps, all),
      (documents) => well(`${documents} alerts are listed`),
    ),
    check('vault write', () => tryWrite(deps, all), judgeVaultWrite),
    check('clocks', () => deps.referenceClocks.offsets(), judgeClocks),
    check(
      'signing',
      () => trySignature(deps),
      (tried) => judgeSignature(tried, deps.clock.now()),
      'Follow runbooks/report-unsigned.md.',
    ),
    check(
      'task hub',
      async () => ({ waiting: await hub.waiting(), suspended: await hub.suspended() }),
      (standing) => judgeTaskHub(standing, deps.clock.now()),
      'Look at the storage account behind the app; then runbooks/run-late.md.',
    ),
    ...groupChecks(deps, all),
  ];
}

async function listVault(deps: Dependencies, all: readonly Scoped[]): Promise<number> {
  let documents = 0;
  for (const { scope } of all)
    for await (const _ of deps.vault.list(vaultPaths.alerts(scope))) documents += 1;
  return documents;
}

/** A version that no document has: a write on condition of it is let in or not, and changes nothing. */
const noVersion = '"0x0"';

async function tryWrite({ vault }: Dependencies, [first]: readonly Scoped[]): Promise<boolean | undefined> {
  if (first === undefined) return undefined;
  const path = vaultPaths.watch(first.scope);
  const standing = await vault.read(path);
  // Were the condition not kept, the same bytes would be written again.
  return standing === undefined ? undefined : vault.replace(path, noVersion, standing.bytes);
}

/** Signs a sentence that can never be taken for a report, and verifies it without the signer. */
async function trySignature({ signer, clock, region }: Dependencies): Promise<TriedSignature> {
  const key = await signer.currentKey();
  const bytes = Buffer.from(`lifeboat doctor of ${region} at ${isoOf(clock.now())}`);
  const signature = await signer.sign(key, bytes);
  const publicHalf = createPublicKey({ key: { ...key.jwk }, format: 'jwk' });
  const isValid = verify('sha384', bytes, { key: publicHalf, dsaEncoding: 'ieee-p1363' }, signature);
  return {
    keyId: key.keyId,
    isValid,
    expiresAt: key.expiresAt === undefined ? undefined : instantOf(key.expiresAt),
  };
}

/** One for each group: systems may share one. */
function groupChecks(deps: Dependencies, all: readonly Scoped[]): Check[] {
  const groups = new Map(all.map((here) => [here.region.drill.resourceGroup, here]));
  return [...groups].map(([group, here]) =>
    check(
      'drill group',
      async () => {
        const found = await serversOfGroup(deps, here);
        const strangers = found.flatMap(({ facts, origin }) =>
          origin === undefined ? [facts.id.split('/').at(-1) ?? facts.id] : [],
        );
        return { group, strangers, known: found.length - strangers.length };
      },
      judgeGroup,
    ),
  );
}
