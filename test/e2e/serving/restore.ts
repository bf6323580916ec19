/**
 * A restore that a person asks for, through the command, to an instant before a mistake; the cutover to it, and back; and
 * one that is cancelled.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { ServerView } from '../support/outsider.ts';
import { basePorts } from '../support/ports.ts';
import { Program } from '../support/program.ts';
import { projectRoot } from '../support/project.ts';
import { until } from '../support/until.ts';
import { region, shared, system } from './shared-stack.ts';

const group = `rg-lifeboat-restored-${region}`;
const where = ['--system', system, '--region', region];
const count = 'SELECT (SELECT count(*) FROM unite.message) AS n';

async function serverNamed(resourceGroup: string, name: string): Promise<ServerView> {
  const found = (await shared.outsider.servers(resourceGroup)).find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} does not stand in ${resourceGroup}`);
  return found;
}

/** Runs the command against the stack. */
function lifeboat(...args: string[]) {
  const cli = path.join(projectRoot, 'dist', 'cli.mjs');
  const profile = path.join(shared.stack.stateDir, 'profile.json');
  return new Program(process.execPath, [cli, ...args, '--profile', profile]).ended;
}

/** Plans a restore; its digest. */
async function planned(to: string, name: string): Promise<string> {
  const { status, body } = await shared.api.post('restore-plans', { system, to, name });
  expect(status, JSON.stringify(body)).toBe(200);
  return (body as { digest: string }).digest;
}

const restoreOf = (operation: string): string => operation.replace(/.*\./, 'restore-');

/** Waits until the application says that the system runs there: its first login to a server may be refused once. */
async function mustRunOn({ properties }: ServerView): Promise<void> {
  const url = `https://127.0.0.1:${basePorts.application + shared.stack.portOffset}/production/${system}`;
  const look = async (): Promise<true | undefined> => {
    const { host, port } = (await (await fetch(url)).json()) as { host?: string; port?: number };
    return `${host}:${port}` === properties.fullyQualifiedDomainName ? true : undefined;
  };
  const what = `${system} runs on ${properties.fullyQualifiedDomainName}`;
  await until(what, look, { deadlineMilliseconds: 20_000 });
}

/** Plans a cutover or a way back, asks for it, has it approved by somebody else, waits for its end; its operation. */
async function cutOver(wish: object, name: string): Promise<string> {
  const { status, body } = await shared.api.post('cutover-plans', wish);
  expect(status, JSON.stringify(body)).toBe(200);
  const { digest } = body as { digest: string };
  const id = await shared.api.begin('cutovers', {
    system,
    plan: digest,
    reason: 'it is right',
    confirm: name,
  });
  const approver = shared.stack.api(region, 'approver');
  const approved = await approver.post(`approvals/${system}/approve`, { digest, reason: 'seen' });
  expect(approved.status, JSON.stringify(approved.body)).toBe(200);
  const ended = await shared.api.ended<{ outcome: string; detail: string }>(id);
  expect(ended.outcome, ended.detail).toBe('done');
  return id;
}

/** Registers the tests. */
export function restoreTests(): void {
  test('rows that were deleted by mistake are back in a new server, and the source is left as it is', async () => {
    const source = await serverNamed(`rg-unite-${region}`, `unite-${region}`);
    const [before] = await shared.outsider.query(source, 'unite', `${count}, clock_timestamp() AS at`);
    const to = String((before?.['at'] as Date | undefined)?.toISOString());
    await sleep(1_100); // Milliseconds are what an instant is asked for in.
    await shared.outsider.query(source, 'unite', 'DELETE FROM unite.message');
    const plan = await planned(to, 'unite-again');
    const asked = await lifeboat(
      ...['restore', 'request', ...where, '--plan', plan, '--confirm', 'unite-again'],
      ...['--reason', 'messages are gone', '--json'],
    );
    expect(asked.code, asked.output).toBe(0);
    const [{ id } = { id: '' }] = (JSON.parse(asked.stdout) as { operations: { id: string }[] }).operations;
    const word = [restoreOf(id), ...where, '--digest', plan, '--reason', 'seen', '--as'];
    const own = await lifeboat('restore', 'approve', ...word, 'operator');
    expect(own.output).toContain('approver');
    expect(own.code).not.toBe(0);
    const approved = await lifeboat('restore', 'approve', ...word, 'approver');
    expect(approved.code, approved.output).toBe(0);
    const ended = await lifeboat('operation', id, '--wait');
    expect(ended.code, ended.output).toBe(0);
    expect(ended.stdout).toContain('ready');
    const restored = await serverNamed(group, 'unite-again');
    const [there] = await shared.outsider.query(restored, 'unite', count);
    expect(Number(before?.['n'])).toBeGreaterThan(0);
    expect(there?.['n']).toBe(before?.['n']);
    const listed = await lifeboat('restore', 'list', ...where);
    expect(listed.stdout).toContain(restored.properties.fullyQualifiedDomainName?.split(':')[0]);
  });

  test('the application is pointed at what was restored, and back at the source', async () => {
    const { restores } = (await shared.api.get(`restores/${system}`)).body as {
      restores: { id: string; end?: { outcome: string }; plan?: { name: string } }[];
    };
    const restore =
      restores.find(({ end, plan }) => end?.outcome === 'ready' && plan?.name === 'unite-again')?.id ?? '';
    const restored = await serverNamed(group, 'unite-again');
    const source = await serverNamed(`rg-unite-${region}`, `unite-${region}`);
    const over = await cutOver({ system, restore }, 'unite-again');
    await mustRunOn(restored);
    await expect(shared.outsider.query(source, 'unite', 'DELETE FROM unite.message')).rejects.toThrow(
      /read-only/,
    );
    const again = await shared.api.post('cutover-plans', { system, restore });
    expect(again.status, JSON.stringify(again.body)).toBe(409);
    await cutOver({ system, back: over.replace(/.*\./, 'cutover-') }, `unite-${region}`);
    await mustRunOn(source);
    await shared.outsider.query(source, 'unite', 'DELETE FROM unite.message WHERE false');
  });

  test('one that is cancelled leaves nothing behind', async () => {
    const plan = await planned('latest', 'unite-never');
    const order = { system, plan, confirm: 'unite-never', reason: 'a try' };
    const id = await shared.api.begin('restores', order);
    const restore = restoreOf(id);
    const cancelled = await shared.api.post(`restores/${system}/${restore}/cancel`, { reason: 'a mistake' });
    expect(cancelled.status).toBe(202);
    const result = await shared.api.ended<{ outcome: string; servers: { state: string }[] }>(id);
    expect(result.outcome).toBe('cancelled');
    expect(result.servers.map(({ state }) => state)).not.toContain('left-over');
    expect((await shared.outsider.servers(group)).map(({ name }) => name)).not.toContain('unite-never');
  });
}
