/**
 * The app is killed with SIGKILL, by another process, at any moment of a scan of many blobs. Started again it goes on from
 * what it had written down, and the result is that of a scan that nobody disturbed.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { budget } from '../budget.ts';
import { narrowedEstate } from './support/estate-file.ts';
import { kill } from './support/processes.ts';
import { TestStack } from './support/stack.ts';
import { placeOf } from './support-night/places.ts';

const system = 'lms';
const region = 'eastus';
const writesAtOnce = 16;
const blobBytes = 1_024;
/** A scan may have ended before it is killed; it is killed earlier then. */
const mostTries = 6;

/** What a scan came to, but for the time that it took. */
interface ScanView {
  readonly outcome: string;
  readonly counts: Readonly<Record<string, number>>;
}

let stack: TestStack;

beforeAll(async () => {
  const estate = narrowedEstate({ [system]: [region] });
  stack = await TestStack.make(estate);
  // Nobody adds blobs while they are counted.
  await stack.serve(['--writer-every', '0']);
  const { account, container } = placeOf(estate, system, region);
  const store = stack.outsider(region).container(account, container);
  await pMap(
    Array.from({ length: budget.scannedBlobs }, (_, number) => number),
    async (number) => {
      const content = Buffer.alloc(blobBytes, `blob ${number} `);
      const digest = createHash('sha256').update(content).digest('hex');
      const name = `${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest}`;
      await store.getBlockBlobClient(name).uploadData(content);
    },
    { concurrency: writesAtOnce },
  );
});
afterAll(() => stack.remove());

/** In a second of its own: a scan is named by the one in which it begins. */
async function begin(): Promise<string> {
  await sleep(1_100);
  return stack.api(region).begin('scans', { system, mode: 'full' });
}
const ended = (id: string): Promise<ScanView> => stack.api(region).ended<ScanView>(id);
/** What a scan has written down of its parts; those of older scans go once a newer one has ended. */
async function partsOf(id: string): Promise<[string, string][]> {
  const all = await stack.outsider(region).vaultTexts(system, 'scan-parts');
  return [...all].filter(([name]) => name.includes(`scan-${id.split('.').at(-1)}/`));
}

test(`killed at any moment, a scan of ${budget.scannedBlobs} blobs more ends as one that nobody disturbed`, async () => {
  const startedAt = performance.now();
  const undisturbed = await ended(await begin());
  const milliseconds = performance.now() - startedAt;
  expect(undisturbed.outcome).toBe('clean');
  expect(undisturbed.counts['hashed']).toBeGreaterThan(budget.scannedBlobs);
  for (let round = 0; round < budget.scanKills; round += 1) {
    const id = await beginAndKill((milliseconds * (round + 0.5)) / budget.scanKills);
    const before = await partsOf(id);
    const disturbed = await ended(id);
    expect(disturbed.outcome).toBe('clean');
    expect(disturbed.counts).toEqual(undisturbed.counts);
    // What was written down before stays as it was: nothing of it is read again.
    const after = new Map(await partsOf(id));
    for (const [name, text] of before) expect(after.get(name), name).toBe(text);
  }
});

/** Starts a scan and kills the app so long after; the scan's id. */
async function beginAndKill(milliseconds: number): Promise<string> {
  for (let tries = 0; ; tries += 1) {
    const id = await begin();
    await sleep(milliseconds / 2 ** tries);
    const { state } = await stack.api(region).operation(id);
    kill(stack.pidOf(`app-${region}`), 'SIGKILL');
    if (state === 'waiting' || state === 'running') return id;
    expect(tries, `${id} had ended each time`).toBeLessThan(mostTries);
    await ended(id);
  }
}
