/** Makes the plan of a repair: every finding of a scan looked at, portion by portion, then put together. Nothing is repaired here. */
import {
  itemsInPlan,
  repairPart,
  repairPaths,
  type RepairItem,
  type RepairPart,
  type RepairPlan,
} from '../contracts/repair.ts';
import type { EstateBlobStore } from '../contracts/estate.ts';
import { isoOf } from '../contracts/values.ts';
import type { Scope } from '../contracts/vault-paths.ts';
import { digestOf } from '../policy/canonical-json.ts';
import { addressFromBlobName, layoutOf } from '../policy/content-address.ts';
import { Failure, failureFrom } from '../policy/failure.ts';
import { decideRepair, type BlobNow, type RepairMode } from '../policy/repair.ts';
import { examineCopies, lookAt, type RepairSubject } from './repair-examine.ts';
import type { Dependencies } from './dependencies.ts';
import { repairableFindings, type NarrowedRepair, type RepairableFinding } from './repair-findings.ts';
import { newestWholeScan } from './scan/findings.ts';
import { storeHere, type Scoped } from './scope.ts';
import { needDocument } from './vault-documents.ts';

/** One activity works for this long, then hands on; well within the platform's limit for a function. */
export const portionSeconds = 60;

/** Of which scan the findings are, and which of them it is for. */
export interface WantedRepair extends NarrowedRepair {
  readonly scan: string | undefined;
}

/** Looks at the findings of a scan (the newest one if none is named) from a place on, until the time is over. */
export async function examine(
  deps: Dependencies,
  here: Scoped,
  repair: string,
  { scan: asked, ...narrowed }: WantedRepair,
  position: { readonly part: number; readonly from: number },
): Promise<RepairPart> {
  const { scope } = here;
  const scan = asked ?? (await newestWholeScan(deps, scope))?.id;
  if (scan === undefined)
    throw new Failure(
      'not-found',
      `no integrity scan of ${scope.system} in ${scope.region} has ended yet`,
      'Run one first: lifeboat scan run.',
    );
  const findings = await repairableFindings(deps, here, scan, narrowed);
  const until = deps.clock.monotonicMilliseconds() + portionSeconds * 1000;
  const items: RepairItem[] = [];
  let at = position.from;
  const end = Math.min(findings.length, itemsInPlan);
  while (at < end && (items.length === 0 || deps.clock.monotonicMilliseconds() < until)) {
    items.push(await examineFinding(deps, here, findings[at] as RepairableFinding));
    at += 1;
  }
  return {
    schema: 'lifeboat/repair-part/v1',
    ...{ repair, part: position.part, scan, at: isoOf(deps.clock.now()), items },
    ...(at < end ? { next: at } : {}),
    left: findings.length - end,
  };
}

/** Looks at one finding. Whatever keeps it from being looked at refuses this one alone. */
async function examineFinding(
  deps: Dependencies,
  here: Scoped,
  finding: RepairableFinding,
): Promise<RepairItem> {
  const store = storeOf(here, finding.store);
  const address = addressFromBlobName(layoutOf(store), finding.name);
  const facts = {
    ...{ id: digestOf({ store: store.id, name: finding.name }), store: store.id, name: finding.name },
    ...{ address: address ?? '', finding: finding.verdict, mode: store.repair, copies: [] },
  };
  if (address === undefined)
    return {
      ...facts,
      decision: 'refused',
      sentence: `left alone: its name does not follow ${store.layout}`,
    };
  try {
    await storeHere(deps, store);
    return { ...facts, ...(await examineBlob(deps, here.scope, { store, name: finding.name, address })) };
  } catch (thrown) {
    const why = failureFrom(thrown).message;
    return { ...facts, decision: 'refused', sentence: `left alone: it could not be looked at: ${why}` };
  }
}

async function examineBlob(
  deps: Dependencies,
  scope: Scope,
  subject: RepairSubject,
): Promise<Pick<RepairItem, 'damaged' | 'decision' | 'sentence' | 'copies' | 'from'>> {
  const now = await lookAt(deps, subject);
  const isLost = now.state === 'absent' || now.state === 'damaged';
  const copies = isLost ? await examineCopies(deps, scope, subject) : [];
  const { decision, sentence, from } = decideRepair(now, copies);
  const source = from === undefined ? undefined : copies[from];
  return {
    ...{ decision, sentence, copies },
    ...damagedPart(now),
    ...(source === undefined ? {} : { from: source }),
  };
}

function damagedPart(now: BlobNow): Pick<RepairItem, 'damaged'> {
  if (now.state !== 'damaged') return {};
  const { version, size, digest } = now;
  return { damaged: { version, size, digest } };
}

/** Puts the parts of a repair together; the same parts give the same plan. */
export async function assemblePlan(
  deps: Dependencies,
  scope: Scope,
  repair: string,
  { scan, point, store }: WantedRepair & { readonly scan: string },
): Promise<RepairPlan> {
  const parts: RepairPart[] = [];
  for await (const path of deps.vault.list(repairPaths.parts(scope, repair)))
    parts.push(await needDocument(deps.vault, path, repairPart));
  const last = parts.at(-1);
  if (last === undefined || last.next !== undefined)
    throw new Failure(
      'refused',
      `not everything was looked at for ${repair}`,
      'This is a defect of the orchestration.',
    );
  return {
    schema: 'lifeboat/repair-plan/v1',
    ...{ repair, system: scope.system, region: scope.region, scan, at: last.at },
    ...(point === undefined ? {} : { point }),
    ...(store === undefined ? {} : { store }),
    items: parts.flatMap((part) => part.items),
    left: last.left,
    estateDigest: deps.estateDigest,
    softwareVersion: deps.softwareVersion,
  };
}

/** The repairable items of stores of a mode, in order. */
export const itemsOf = (plan: RepairPlan, mode: RepairMode): RepairItem[] =>
  plan.items.filter((item) => item.decision === 'repairable' && item.mode === mode);

/** The store that a finding or an item names. */
export function storeOf({ region }: Scoped, id: string): EstateBlobStore {
  const store = region.blobStores.find((one) => one.id === id);
  if (store !== undefined) return store;
  throw new Failure(
    'not-found',
    `the estate has no blob store "${id}" in ${region.region}`,
    'It was removed from the estate file since the scan was made; scan again.',
  );
}
