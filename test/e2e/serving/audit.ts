/** The audit log of a stack that serves: who did what, and that all of it verifies, through the app and without it. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { AuditResponse } from '../../../src/contracts/audit.ts';
import { HostAdmin } from '../support-night/host-admin.ts';
import { Program } from '../support/program.ts';
import { projectRoot } from '../support/project.ts';
import { until } from '../support/until.ts';
import { region, shared, system } from './shared-stack.ts';

const here = ['--system', system, '--region', region];

interface Judged {
  readonly verdict: string;
  readonly unsigned: number;
  readonly problems: readonly { readonly kind: string }[];
}

async function lifeboat<T>(code: number, ...args: string[]): Promise<T> {
  const cli = path.join(projectRoot, 'dist', 'cli.mjs');
  const profile = path.join(shared.stack.stateDir, 'profile.json');
  const ended = await new Program(process.execPath, [cli, ...args, '--profile', profile, '--json']).ended;
  expect(ended.code, ended.output).toBe(code);
  return JSON.parse(ended.stdout) as T;
}

/** Registers the tests. */
export function auditTests(): void {
  test('the audit log tells who started a drill, and which function did what for it', async () => {
    await shared.api.ended(await shared.api.begin('drills', { system }));
    const { entries } = await lifeboat<AuditResponse>(0, 'audit', 'list', ...here, '--limit', '1000');
    const started = entries.find(({ action }) => action === 'start-drill');
    expect(started?.actor).toMatchObject({ kind: 'caller', role: 'operator' });
    const planned = entries.find(({ action, stage }) => action === 'restore-drill' && stage === 'intent');
    expect(planned?.actor).toMatchObject({
      ...{ kind: 'automation', subject: `lifeboat-${region}`, function: 'planDrill' },
      instance: expect.stringMatching(new RegExp(`^drill\\.${system}\\.${region}\\.`)) as string,
    });
  });

  test('and verifies once it has a checkpoint; an exported one does so elsewhere, until it is changed', async () => {
    const admin = new HostAdmin(shared.stack, region);
    await until('every entry has its checkpoint', async () => {
      await admin.runTimer('auditWatch');
      const { verdict, unsigned } = await verified('audit', 'verify', ...here);
      return verdict === 'verified' && unsigned === 0 ? true : undefined;
    });
    const folder = path.join(shared.stack.stateDir, 'audit-export');
    await lifeboat(0, 'audit', 'export', folder, ...here);
    expect(await lifeboat<Judged>(0, 'audit', 'verify', folder)).toMatchObject({ problems: [] });
    const [segment = ''] = readdirSync(path.join(folder, 'segments'));
    const file = path.join(folder, 'segments', segment);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"stage":"intent"', '"stage":"outcome"'));
    const { problems } = await lifeboat<Judged>(2, 'audit', 'verify', folder);
    expect(problems[0]?.kind).toBe('changed');
    rmSync(folder, { recursive: true });
  });
}

/** Whatever it comes to: without a checkpoint the command exits with 1. */
async function verified(...args: string[]): Promise<Judged> {
  const cli = path.join(projectRoot, 'dist', 'cli.mjs');
  const profile = path.join(shared.stack.stateDir, 'profile.json');
  const { stdout } = await new Program(process.execPath, [cli, ...args, '--profile', profile, '--json'])
    .ended;
  return JSON.parse(stdout) as Judged;
}
