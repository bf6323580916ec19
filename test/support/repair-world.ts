/**
 * A world whose store keeps copies, with what a repair's tests need: a blob, damage of every kind, findings as a scan
 * writes them, approvals as a person does.
 */
import { createHash } from 'node:crypto';
import { repairActivities } from '../../src/activities/repair.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import type { AuditEntry } from '../../src/contracts/audit.ts';
import type { AlertDocument, ApprovalDocument } from '../../src/contracts/documents.ts';
import {
  repairPaths,
  type repairableVerdicts,
  type RepairItemDocument,
  type RepairPlan,
} from '../../src/contracts/repair.ts';
import { noCounts } from '../../src/contracts/scan-documents.ts';
import { isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { canonicalJson } from '../../src/policy/canonical-json.ts';
import { addressFromHex, blobNameFor } from '../../src/policy/content-address.ts';
import type { RepairMode } from '../../src/policy/repair.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { MemoryCopies, type Keeping } from './memory-copies.ts';
import { sampleEstate, scope } from './sample-estate.ts';
import { layout, makeWorld, type World } from './world.ts';

/** What a scan says of a blob that a repair is for. */
export type Finding = (typeof repairableVerdicts)[number];

export const slot = '20260301T013000Z';
export const scan = 'scan-20260301T010000Z';
export const good = Buffer.from('a radiograph of the upper jaw, as it was taken');
export const hexOfGood = createHash('sha256').update(good).digest('hex');
export const nameOfGood = blobNameFor(layout, addressFromHex('sha256', hexOfGood)!);

/** The kinds of damage that a repair has to deal with. */
export const damages = [
  'a flipped bit',
  'a cut end',
  'appended bytes',
  'no bytes left',
  'the content of another blob',
  'bytes that are gone',
  'a deletion',
  'a newer upload of other content',
] as const;
export type DamageKind = (typeof damages)[number];

/** Content after damage of a kind; undefined if nothing is left. */
export function damaged(kind: DamageKind, bytes: Buffer): Buffer | undefined {
  const flipped = Buffer.from(bytes);
  flipped[0] = (flipped[0] ?? 0) ^ 1;
  switch (kind) {
    case 'a flipped bit':
      return flipped;
    case 'a cut end':
      return bytes.subarray(0, -1);
    case 'appended bytes':
      return Buffer.concat([bytes, Buffer.from('more')]);
    case 'no bytes left':
      return Buffer.alloc(0);
    case 'the content of another blob':
      return Buffer.from('the impression of the lower jaw');
    case 'a newer upload of other content':
      return Buffer.from('uploaded later under this name');
    case 'bytes that are gone':
    case 'a deletion':
      return undefined;
  }
}

export interface RepairWorld extends World {
  readonly store: MemoryCopies;
  readonly deps: Dependencies;
  /** Writes a scan's findings of the blob. */
  find(...findings: (readonly [name: string, verdict: Finding])[]): void;
  /** Writes a person's decision on a plan. */
  decide(plan: string, changes?: Partial<ApprovalDocument>): void;
  plan(digest: string): RepairPlan;
  items(): RepairItemDocument[];
}

/** A world with one blob in it, whose account keeps what is said. */
export function makeRepairWorld(
  clock: Clock,
  { keeping = 'versions', mode = 'manual' }: { keeping?: Keeping; mode?: RepairMode } = {},
): RepairWorld {
  const store = new MemoryCopies(clock, keeping);
  const estate = sampleEstate();
  for (const one of estate.systems.flatMap((system) => system.regions).flatMap((all) => all.blobStores))
    Object.assign(one, { repair: mode });
  const base = makeWorld(clock, { contents: store, estate, copies: store, blobWriter: store });
  const deps: Dependencies = { ...base.deps, copies: store, blobWriter: store };
  const world: RepairWorld = {
    ...base,
    ...{ store, deps },
    async run(name, input) {
      const activity = repairActivities(deps).find((one) => one.name === name);
      return activity === undefined ? base.run(name, input) : activity.run(JSON.parse(JSON.stringify(input)));
    },
    async value<T>(name: string, input: unknown): Promise<T> {
      const outcome = await world.run(name, input);
      if (outcome.outcome === 'done') return outcome.value as T;
      throw new Error(`${name}: ${outcome.failure.code}: ${outcome.failure.message}`);
    },
    find(...findings) {
      const path = vaultPaths.scanPart(scope, scan, 'files', '0', 0);
      const found = findings.map(([name, verdict]) => ({ store: 'files', verdict, name, detail: 'found' }));
      const part = { scan, store: 'files', shard: '0', counts: noCounts, findings: found };
      base.vault.put(path, canonicalJson({ schema: 'lifeboat/scan-part/v2', ...part }));
    },
    decide(plan, changes = {}) {
      const now = clock.now();
      const expiresAt = isoOf(now.plus({ days: 1 }));
      const said = { decision: 'approved', by: 'Head of Shop', at: isoOf(now), reason: 'seen', expiresAt };
      const document = { schema: 'lifeboat/approval/v1', digest: plan, ...scope, ...said, ...changes };
      base.vault.put(vaultPaths.approval(scope, plan), canonicalJson(document));
    },
    plan: (digest) => base.vault.json(vaultPaths.plan(scope, digest)),
    items: () =>
      base.vault
        .paths(repairPaths.item(scope, '', '').split('/repair-items')[0] + '/repair-items/')
        .filter((path) => !path.endsWith('.begun.json'))
        .map((path) => base.vault.json<RepairItemDocument>(path)),
  };
  store.upload(nameOfGood, good);
  store.upload('00/another', 'the impression of the lower jaw');
  return world;
}

/** Damages the current content and nothing else, the way that kind of damage happens. */
export function damageCurrent(store: MemoryCopies, kind: DamageKind): void {
  if (kind === 'a deletion') store.delete(nameOfGood);
  else if (kind === 'a newer upload of other content') store.upload(nameOfGood, damaged(kind, good)!);
  else store.rot(nameOfGood, 'current', damaged(kind, good));
}

/** What a scan calls a blob after damage of a kind. */
export const verdictOf = (kind: DamageKind): Finding =>
  damaged(kind, good) === undefined ? 'missing' : 'digest-mismatch';

/** A world with a blob that has an earlier version of the same content, then damaged and found by a scan. */
export function makeDamagedWorld(clock: Clock, kind: DamageKind, mode: RepairMode = 'manual'): RepairWorld {
  const world = makeRepairWorld(clock, { keeping: 'versions', mode });
  world.store.upload(nameOfGood, good);
  damageCurrent(world.store, kind);
  world.find([nameOfGood, verdictOf(kind)]);
  return world;
}

/** The stages that the audit trail tells of the repaired blobs, in order. */
export const auditStages = (world: RepairWorld): string[] =>
  world.vault
    .entries<AuditEntry>(vaultPaths.auditSegments(scope))
    .filter((entry) => entry.action === 'repair-blob')
    .map((entry) => entry.stage);

export const alertOf = (world: RepairWorld, key: string): AlertDocument =>
  world.vault.json(vaultPaths.alert(scope, key));
