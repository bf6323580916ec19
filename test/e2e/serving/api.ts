/** The API and the command line of a stack that serves, and snapshots one after the other. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Answer } from '../support/lifeboat-api.ts';
import { Program } from '../support/program.ts';
import { projectRoot } from '../support/project.ts';
import { region, shared, system } from './shared-stack.ts';

const serverName = `unite-${region}`;
/** What the provider keeps of a server's on-demand backups at most. */
const providersLimit = 7;

/** Registers the tests. */
export function apiTests(): void {
  test('a call without a token is not answered, whatever key of the host it brings', async () => {
    const keys = JSON.parse(
      readFileSync(path.join(shared.stack.stateDir, 'hosts', region, 'keys.json'), 'utf8'),
    ) as Record<string, string>;
    for (const key of ['', ...Object.values(keys)]) {
      const answer = await shared.api.send(`status?code=${key}`, { headers: { 'x-functions-key': key } });
      expectProblem(answer, 401, 'no bearer token');
      expect(JSON.stringify(answer.body)).not.toContain(system);
    }
  });

  test('a role does what it may and nothing else: the same tokens as in the cloud, the same check', async () => {
    const [reader, approver] = ['reader', 'approver'].map((as) => shared.stack.api(region, as));
    expect((await reader!.get('status')).status).toBe(200);
    expectProblem(await reader!.post('snapshots', { system }), 403, 'operator');
    expectProblem(await approver!.post('snapshots', { system }), 403, 'operator');
    expectProblem(await approver!.get('nothing/of/that/name'), 404, 'no such route');
  });

  test('a wrong body is answered with a problem that names the member', async () => {
    expectProblem(await shared.api.post('cycles', { cleanUpDelaySeconds: -1 }), 400, 'cleanUpDelaySeconds');
    expectProblem(await shared.api.post('cycles', { sytem: system }), 400, 'sytem');
    expectProblem(await shared.api.post('snapshots', {}), 400, 'system');
    expectProblem(await shared.api.post('drills', { system, point: 'yesterday' }), 400, 'point');
    expectProblem(await shared.api.post('cycles', '{"system": '), 400, 'no JSON');
  });

  test('what is not there is answered with 404', async () => {
    expectProblem(await shared.api.post('snapshots', { system: 'crm' }), 404, 'crm');
    expectProblem(await shared.api.get('operations/cycle.crm.eastus.20200101T000000Z'), 404, 'operation');
    expectProblem(await shared.api.get(`reports/${system}/drill-20200101T000000Z`), 404, 'report');
  });

  test('a second cycle of the same system is refused while the first one is at work', async () => {
    const id = await shared.api.begin('cycles', { system });
    expectProblem(await shared.api.post('cycles', { system }), 409, id);
    expect(await shared.api.ended<object>(id)).toMatchObject({ drill: { result: 'PASS' } });
  });

  test('the command line shows the status of the running stack', async () => {
    const cli = path.join(projectRoot, 'dist', 'cli.mjs');
    const profile = path.join(shared.stack.stateDir, 'profile.json');
    const ended = await new Program(process.execPath, [cli, 'status', '--profile', profile]).ended;
    expect(ended.code, ended.output).toBe(0);
    const denied = await new Program(process.execPath, [
      ...[cli, 'snapshot', '--system', system, '--profile', profile, '--as', 'reader'],
    ]).ended;
    expect(denied.code, denied.output).toBe(77);
    expect(ended.stdout).toMatch(new RegExp(`^${system} +${region} +on-demand-\\d{8}T\\d{6}Z .* PASS `, 'm'));
  });

  test('more snapshots in a row than the provider keeps: the oldest gives way, with ledger and tombstone', async () => {
    for (let taken = 0; taken <= providersLimit; taken += 1) {
      await shared.stack.control.ensureAutomaticBackupOfToday(`rg-unite-${region}`, serverName);
      const result = await shared.api.ended<{ outcome: string; detail: string }>(
        await shared.api.begin('snapshots', { system }),
      );
      expect(result.outcome, result.detail).toBe('done');
    }
    const { backups } = await shared.stack.control.filesOf(`rg-unite-${region}`, serverName);
    const kept = backups.filter(({ type }) => type === 'Customer On-Demand').map(({ name }) => name);
    expect(kept.length).toBeLessThan(providersLimit);
    const deleted = await shared.stack.control.effectsOn(serverName);
    const givenUp = await backupsGivenUp();
    expect(givenUp.size).toBeGreaterThan(providersLimit - kept.length);
    const points = await shared.outsider.vaultTexts(system, 'points');
    for (const [name, stages] of givenUp) {
      expect(kept).not.toContain(name);
      expect(deleted).toContainEqual(expect.objectContaining({ kind: 'backup-deleted', name }));
      expect(stages).toEqual(expect.arrayContaining(['intent', 'confirmed-absent']));
      const point = points.get(`${name.replace('lifeboat', 'on-demand')}.json`) ?? '';
      expect(JSON.parse(point)).toHaveProperty('tombstone.confirmedAbsentAt');
    }
  });
}

function expectProblem(answer: Answer, status: number, word: string): void {
  expect(answer, JSON.stringify(answer.body)).toMatchObject({
    status,
    type: expect.stringContaining('application/problem+json'),
    body: { status, code: expect.any(String), hint: expect.stringMatching(/./) },
  });
  expect((answer.body as { detail: string }).detail).toContain(word);
}

/** The on-demand backups that gave their slot up, each with the stages that the ledger has of it. */
async function backupsGivenUp(): Promise<Map<string, string[]>> {
  const segments = await shared.outsider.vaultTexts(system, 'ledger');
  const lines = [...segments.values()].flatMap((text) => text.split('\n')).filter((line) => line !== '');
  const entries = lines.map((line) => JSON.parse(line) as { item: string; stage: string; reason: string });
  const slots = entries.filter(({ reason }) => reason.startsWith('slot: '));
  const byName = Map.groupBy(slots, ({ item }) => item.split('/').at(-1) ?? '');
  return new Map([...byName].map(([name, found]) => [name, found.map(({ stage }) => stage)]));
}
