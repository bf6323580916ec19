/** `lifeboat audit`: the list, the export, and the verification of a log through the app and without it. */
import { continuationAfter } from '../../src/app/api/paging.ts';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { viewAuditFiles, viewAuditPart } from '../../src/app/audit-files.ts';
import { audited } from '../../src/activities/audited.ts';
import { audit } from '../../src/activities/records.ts';
import { callerOf } from '../../src/contracts/audit-actor.ts';
import { Failure } from '../../src/policy/failure.ts';
import { viewAudit } from '../../src/app/audit-pages.ts';
import { lookingRoutes } from '../../src/contracts/routes/looking.ts';
import type { AuditVerificationView } from '../../src/cli/audit-view.ts';
import { keyPair } from '../support/memory-signer.ts';
import { makeLog } from '../support/audited-log.ts';
import { region, scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import type { World } from '../support/world.ts';
import { Workplace, type Ended } from './command.ts';

let world: World;
let server: Server;
let place: Workplace;
const here = ['--system', scope.system, '--region', region];

/** The routes of the audit log over a world. */
async function answer(url: URL): Promise<unknown> {
  const [, , , , system = '', files, kind, name] = url.pathname.split('/');
  const query = Object.fromEntries(url.searchParams);
  const { audit: list, auditPart } = lookingRoutes;
  if (files === undefined) {
    const { limit = 100, ...asked } = list.query.parse(query);
    return viewAudit(world.deps, system, { limit, ...asked });
  }
  if (kind === undefined) return viewAuditFiles(world.deps, system);
  const file = auditPart.params.parse({ system, kind, name });
  return viewAuditPart(world.deps, system, file, auditPart.query.parse(query).from ?? 0);
}

beforeAll(async () => {
  world = await makeLog(new VirtualWallClock(), { entries: 40, perCheckpoint: 10, perDay: 15, perKey: 15 });
  server = createServer((request, response) => {
    void answer(new URL(request.url ?? '', 'http://app')).then((value) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  place = await Workplace.make();
  const { port } = server.address() as AddressInfo;
  await place.profile({ region, url: `http://127.0.0.1:${port}` });
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

const lifeboat = (...args: string[]): Promise<Ended> => place.runHere(args);
const verify = async (...args: string[]): Promise<AuditVerificationView & { code: number | null }> => {
  const { stdout, code } = await lifeboat('audit', 'verify', ...args, '--json');
  return { ...(JSON.parse(stdout) as AuditVerificationView), code };
};

test('audit list shows the newest entries, who and why, and where to go on', async () => {
  const { code, stdout } = await lifeboat('audit', 'list', ...here, '--limit', '2');
  expect(code).toBe(0);
  expect(stdout).toMatch(/Z +42 {2}snapshot: no outcome\n {4}by {3}lifeboat\n {4}on {3}point 40\n/);
  expect(stdout).toContain(
    `Older: lifeboat audit list --continuation ${continuationAfter('000000000033.jsonl:9')}`,
  );
  const json = await lifeboat('audit', 'list', ...here, '--who', 'lifeboat', '--limit', '1', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ entries: [{ sequence: 42, chained: true }] });
});

test('audit list of what is no option is a wrong command line', async () => {
  for (const wrong of [
    ['--limit', '0'],
    ['--since', 'today'],
    ['--continuation', '../17'],
  ])
    expect((await lifeboat('audit', 'list', ...here, ...wrong)).code).toBe(64);
});

describe('audit verify', () => {
  test('verifies through the app, by the keys that lie there, and says that nobody vouches for them', async () => {
    const { code, stdout } = await lifeboat('audit', 'verify', ...here);
    expect(stdout).toContain('VERIFIED: the audit log of shop in westeurope');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('nobody vouches for it');
    expect(code).toBe(0);
    expect(await verify(...here)).toMatchObject({ entries: 42, signedThrough: 42, problems: [] });
  });

  test('verifies an export without any deployment, by keys that are given', async () => {
    expect((await lifeboat('audit', 'export', 'log', ...here)).code).toBe(0);
    const keys = world.vault.paths('v1/_keys/').map((path) => world.vault.json<object>(path));
    await place.write('trusted.json', JSON.stringify(keys));
    const [elsewhere, left] = [await Workplace.make(), join(place.folder, 'log')];
    await elsewhere.write('trusted.json', JSON.stringify(keys));
    const { stdout, code } = await elsewhere.runHere([
      ...['audit', 'verify', left, '--key', 'trusted.json', '--json'],
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'verified', trust: 'given', unsigned: 0 });
    expect(code).toBe(0);
    await elsewhere[Symbol.asyncDispose]();
  });

  test('names the place of what was changed, and exits with 2', async () => {
    const file = join(place.folder, 'log/segments/000000000001.jsonl');
    const whole = await readFile(file, 'utf8');
    await writeFile(file, whole.replace('"target":"point 7"', '"target":"point 8"'));
    const { code, stdout } = await lifeboat('audit', 'verify', 'log');
    expect(stdout).toContain('DOES NOT VERIFY');
    expect(stdout).toContain('changed, 000000000001.jsonl:8: entry 8');
    expect(code).toBe(2);
    await rm(file);
    expect(await verify('log')).toMatchObject({ code: 2, verdict: 'not-verified' });
    await writeFile(file, whole);
  });

  test('trusts no key but those that are given', async () => {
    await place.write('foreign.json', JSON.stringify(keyPair('somebody').jwk));
    const judged = await verify('log', '--key', 'foreign.json');
    expect(judged).toMatchObject({ code: 2, checkpoints: 0 });
    expect(new Set(judged.problems.map(({ kind }) => kind))).toEqual(new Set(['foreign-signature']));
  });

  test('without checkpoints exits with 1: nothing is wrong, and nobody says that it is right', async () => {
    await rm(join(place.folder, 'log/checkpoints'), { recursive: true });
    await rm(join(place.folder, 'log/copies'), { recursive: true });
    const { code, stdout } = await lifeboat('audit', 'verify', 'log');
    expect(stdout).toContain('NOT VERIFIED');
    expect(code).toBe(1);
  });

  test.each([
    ['a folder that is no export', ['home']],
    ['a folder that is not there', ['nowhere']],
    ['a key that is none', ['log', '--key', 'log/audit.json']],
  ])('refuses %s', async (_, args) => {
    const { code, stderr } = await lifeboat('audit', 'verify', ...args);
    expect(code).toBe(64);
    expect(stderr).toContain('Next: ');
  });
});

test('audit export touches nothing in a folder that holds something', async () => {
  await place.write('full/mine.txt', 'mine');
  const { code, stderr } = await lifeboat('audit', 'export', 'full', ...here);
  expect(stderr).toContain('is not empty');
  expect(code).toBe(64);
});

test('audit list shows an intent and its outcome together within 100 columns, and which intent has none', async () => {
  const clock = new VirtualWallClock('2026-03-09T01:30:00.000Z');
  const deps = { ...world.deps, clock };
  const target = `/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-shop/providers/x/${'s'.repeat(40)}`;
  const caller = callerOf({ subject: 'ann', tenant: 'tests', role: 'operator' });
  const start = {
    action: 'start-prune',
    target: '20260309T013000Z',
    actor: caller,
    reason: 'the disk is full',
  };
  await audited(deps, scope, start, async () => clock.advance(3));
  await audited(deps, scope, { action: 'delete-backup', target }, () =>
    Promise.reject(new Failure('refused', 'it is held by hold-1', '')),
  ).catch(() => undefined);
  await audit(deps, scope, { action: 'delete-server', target, stage: 'intent' });
  const { stdout } = await lifeboat('audit', 'list', ...here, '--limit', '5');
  expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  expect(stdout).toMatch(
    new RegExp(
      [
        'delete-server: no outcome\n',
        'delete-backup: refused after 0 s \\(entry \\d+\\)\n',
        ' {4}but {2}it is held by hold-1\n',
        'start-prune: done after 3 s \\(entry \\d+\\)\n {4}by {3}ann \\(operator, tests\\)\n {4}on {3}20260309T013000Z\n {4}why {2}the disk is full\n',
      ].join('[^]*'),
    ),
  );
  expect(stdout).not.toContain('the outcome of');
});
