/**
 * A blob decays where it lies: the scan finds it, the plan names the good copy, nothing is written until a person's
 * decision lies in the vault, and then the blob is right again. Leaves the store as it found it.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { projectRoot } from '../support/project.ts';
import { blobs, damageOne } from './damage.ts';
import { region, shared, system } from './shared-stack.ts';

interface Ended {
  readonly outcome: string;
  readonly detail: string;
  readonly plan?: string;
}

/** Registers the tests. */
export function repairTests(): void {
  test('a blob that decayed is found, repaired from its good copy once a person decided so, and clean again', async () => {
    const { name, digest } = await damageOne();
    expect(await run('scans')).toMatchObject({
      outcome: 'damaged',
      detail: expect.stringMatching(/^1 damaged and 0 missing/) as string,
    });
    const findings = await shared.api.get(`scans/${system}/latest/findings`);
    // Its writer goes on: what it has just written may be found beside it.
    const found = (findings.body as { findings: { verdict: string }[] }).findings;
    expect(found.filter(({ verdict }) => verdict !== 'unreferenced')).toMatchObject([
      { verdict: 'digest-mismatch', name },
    ]);

    const tried = await run('repairs', { dryRun: true });
    expect(tried).toMatchObject({
      outcome: 'dry-run',
      detail: expect.stringContaining('1 of 1 damaged blob(s) would be repaired') as string,
    });

    const id = await shared.api.begin('repairs', { system });
    await shared.api.operationWhen(id, 'it waits for an approval', ({ progress }) =>
      progress?.step === 'wait for approval' ? true : undefined,
    );
    const plan = await planThatWaits();
    expect(await digestOf(name)).not.toBe(digest);
    await decide(plan);
    expect(await shared.api.ended<Ended>(id)).toMatchObject({ outcome: 'done', plan });
    expect(await digestOf(name)).toBe(digest);
    expect(await run('scans')).toMatchObject({ outcome: 'clean' });
  });

  test('a scan of a part that there is none of is refused', async () => {
    for (const part of ['5/4', 'half'])
      expect((await shared.api.post('scans', { system, part })).status, part).toBe(400);
  });
}

/** Starts a run and waits for its end. */
async function run(kind: 'scans' | 'repairs', more: object = {}): Promise<Ended> {
  return shared.api.ended(await shared.api.begin(kind, { system, ...more }));
}

async function digestOf(name: string): Promise<string> {
  const { readableStreamBody: body } = await blobs().getBlobClient(name).download();
  const hash = createHash('sha256');
  for await (const chunk of body ?? []) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The plan that the open alert names. */
async function planThatWaits(): Promise<string> {
  const alerts = await shared.outsider.vaultTexts(system, 'alerts');
  const { detail } = JSON.parse(alerts.get('repair-waiting.json') ?? '{}') as { detail?: string };
  const plan = /the plan (sha256-[0-9a-f]{64})$/.exec(detail ?? '')?.[1];
  if (plan === undefined) throw new Error(`the alert names no plan: ${detail}`);
  return plan;
}

/** Somebody who may write into the vault decides, by the document that the command prints. */
async function decide(plan: string): Promise<void> {
  const cli = path.join(projectRoot, 'dist/cli.mjs');
  const who = ['--by', 'Head of Platform', '--reason', 'seen'];
  const scope = ['--system', system, '--region', region];
  const args = [cli, 'repair', 'decision', ...scope, '--plan', plan, ...who];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const blob = `v1/${system}/${region}/approvals/${plan}.json`;
  await shared.outsider
    .container(`vault${region}`, 'vault')
    .getBlockBlobClient(blob)
    .uploadData(Buffer.from(stdout));
}
