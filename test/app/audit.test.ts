/** What the API shows of an audit log: pages that hold every fitting entry once, and the files as they are. */
import { beforeAll, describe, expect, test } from 'vitest';
import { actingAs } from '../../src/activities/acting.ts';
import { audited, settleIntent } from '../../src/activities/audited.ts';
import { audit } from '../../src/activities/records.ts';
import { watchAudit } from '../../src/app/audit-watch.ts';
import { viewAuditFiles, viewAuditPart } from '../../src/app/audit-files.ts';
import { continuationAfter } from '../../src/app/api/paging.ts';
import { viewAudit } from '../../src/app/audit-pages.ts';
import { callerOf } from '../../src/contracts/audit-actor.ts';
import { auditResponse, type AuditQuery } from '../../src/contracts/audit.ts';
import { lookingRoutes } from '../../src/contracts/routes/looking.ts';
import type { AlertDocument } from '../../src/contracts/documents.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

const prefix = vaultPaths.auditSegments(scope);
let clock: VirtualWallClock;
let world: World;

/** Seven entries of three days by two actors, behind two of before. */
async function makeEntries(): Promise<void> {
  clock = new VirtualWallClock();
  world = makeWorld(clock);
  const old = {
    schema: 'lifeboat/audit/v1',
    at: '2026-02-27T00:00:00.000Z',
    actor: 'lifeboat',
    action: 'prune',
  };
  const line = JSON.stringify({ ...old, target: 'old', stage: 'intent', detail: {} });
  for (const name of ['2026-02-27-2.jsonl', '2026-02-27-10.jsonl'])
    world.vault.put(`${prefix}${name}`, `${line}\n`);
  for (let n = 1; n <= 7; n += 1) {
    const facts = { action: 'start-drill', target: `${n}`, stage: 'intent' } as const;
    if (n % 2 === 0)
      await audit(world.deps, scope, {
        ...facts,
        actor: callerOf({ subject: 'ann', tenant: 'tests', role: 'operator' }),
      });
    else await actingAs({ function: 'planDrill' }, () => audit(world.deps, scope, facts));
    if (n === 3 || n === 5) clock.advance(24 * 3_600);
  }
}
beforeAll(makeEntries);

async function allPages(query: Partial<AuditQuery>): Promise<string[]> {
  const seen: string[] = [];
  let continuation: string | undefined;
  for (let pages = 0; pages < 50; pages += 1) {
    const asked = { limit: 100, ...query, continuation };
    const page = auditResponse.parse(await viewAudit(world.deps, scope.system, asked));
    expect(page.entries.length).toBeLessThanOrEqual(asked.limit);
    seen.push(...page.entries.map(({ target, action }) => (action === 'continue-log' ? '>' : target)));
    ({ continuation } = page);
    expect(continuation ?? 'x').toMatch(/^[\w-]{1,500}$/);
    if (continuation === undefined) return seen;
  }
  throw new Error('the pages have no end');
}

describe('the pages', () => {
  const all = ['7', '6', '>', '5', '4', '>', '3', '2', '1', 'old', 'old'];

  test.each([1, 2, 3, 4, 11, 1_000])(
    'of %i entries hold all of them once, the newest first',
    async (limit) => {
      expect(await allPages({ limit })).toEqual(all);
    },
  );

  test('hold those by one subject or by one function, and those since an instant', async () => {
    expect(await allPages({ who: 'ann' })).toEqual(['6', '4', '2']);
    expect(await allPages({ who: 'planDrill', limit: 2 })).toEqual(['7', '5', '3', '1']);
    expect(await allPages({ who: 'lifeboat', limit: 1 })).toEqual([
      '7',
      '>',
      '5',
      '>',
      '3',
      '1',
      'old',
      'old',
    ]);
    expect(await allPages({ since: '2026-03-02T00:00:00.000Z', limit: 2 })).toEqual([
      '7',
      '6',
      '>',
      '5',
      '4',
      '>',
    ]);
    expect(await allPages({ who: 'nobody' })).toEqual([]);
  });

  test('name the lines that are no entries, and leave out segments that are none', async () => {
    await makeEntries();
    const path = `${prefix}000000000001.jsonl`;
    world.vault.put(path, world.vault.text(path).replace('{"action"', '{"faction"'));
    world.vault.put(`${prefix}notes.txt`, 'mine\n');
    const page = await viewAudit(world.deps, scope.system, { limit: 100 });
    expect(page.unreadable).toEqual(['000000000001.jsonl:1']);
    expect(page.entries).toHaveLength(10);
    await makeEntries();
  });

  test('of a segment that is not there, or of another system, are refused', async () => {
    for (const word of ['000000000099.jsonl:1', '../../etc:1', '17', 'x'.repeat(50)])
      await expect(
        viewAudit(world.deps, scope.system, { limit: 100, continuation: continuationAfter(word) }),
      ).rejects.toThrow('query.continuation: must be the "continuation" of the page before');
    await expect(viewAudit(world.deps, 'other', { limit: 100 })).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});

describe('an intent on a page', () => {
  const outcomes = async (query: Partial<AuditQuery> = {}): Promise<unknown[]> => {
    const { entries } = await viewAudit(world.deps, scope.system, { limit: 100, ...query });
    return entries.map((one) => (one.chained ? [one.target, one.stage, one.outcome?.result] : []));
  };

  test('has its newest outcome, on whichever page and in whichever segment that stands', async () => {
    clock = new VirtualWallClock();
    world = makeWorld(clock);
    const entered = { action: 'delete-backup', target: 'b' };
    await actingAs({ function: 'pruneBackup' }, () =>
      audited(
        world.deps,
        scope,
        entered,
        async () => undefined,
        () => ({ result: 'begun' }),
      ),
    );
    await audit(world.deps, scope, { action: 'prune', target: 'p', stage: 'intent' });
    clock.advance(24 * 3_600);
    await settleIntent(world.deps, scope, entered, { result: 'done' });
    const all = [
      ['b', 'outcome', undefined],
      [expect.stringContaining('000000000005.jsonl'), 'intent', undefined],
      ['p', 'intent', undefined],
      ['b', 'outcome', undefined],
      ['b', 'intent', 'done'],
    ];
    expect(await outcomes()).toEqual(all);
    expect(await outcomes({ who: 'pruneBackup' })).toEqual(all.slice(3));
    for (const line of [2, 4]) {
      const continuation = continuationAfter(`000000000001.jsonl:${line}`);
      expect((await outcomes({ continuation })).at(-1)).toEqual(all[4]);
    }
    await makeEntries();
  });
});

test.each([
  'limit=0',
  'limit=1001',
  'limit=x',
  'continuation=../../etc:1',
  `continuation=${'A'.repeat(501)}`,
  'continuation=',
  'before=000000000001.jsonl:17',
  'since=yesterday',
  'who=',
  'other=1',
])('a query of %s is refused', (query) => {
  const { success } = lookingRoutes.audit.query.safeParse(Object.fromEntries(new URLSearchParams(query)));
  expect(success).toBe(false);
});

test.each(['../points/one', '..', '.', 'a/b', 'a%2Fb', '', '.hidden', 'a..b'])(
  'a file is never named %s',
  (name) => {
    const { params } = lookingRoutes.auditPart;
    expect(params.safeParse({ system: 'shop', kind: 'segments', name }).success).toBe(false);
  },
);

describe('the files', () => {
  test('come part by part as they are, and none that is not of the log', async () => {
    const { files } = await viewAuditFiles(world.deps, scope.system);
    expect(files.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'segments 000000000001.jsonl',
      'segments 000000000005.jsonl',
      'segments 000000000008.jsonl',
      'unchained 2026-02-27-10.jsonl',
      'unchained 2026-02-27-2.jsonl',
    ]);
    const [first] = files;
    const text = world.vault.text(`${prefix}000000000001.jsonl`);
    const part = await viewAuditPart(world.deps, scope.system, first!, 10);
    expect(Buffer.from(part.data, 'base64').toString()).toBe(text.slice(10));
    expect(part).toMatchObject({ from: 10, total: text.length });
    expect(await viewAuditPart(world.deps, scope.system, first!, text.length)).toMatchObject({ data: '' });
    await expect(
      viewAuditPart(world.deps, scope.system, { kind: 'segments', name: '000000000002.jsonl' }, 0),
    ).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('the watch', () => {
  const alert = (key: string): AlertDocument => world.vault.json(vaultPaths.alert(scope, key));
  const watch = (): Promise<string[]> => watchAudit({ deps: world.deps, systems: [scope.system] });

  test('signs what came since, and says nothing', async () => {
    expect(await watch()).toEqual([]);
    const { files } = await viewAuditFiles(world.deps, scope.system);
    expect(files.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['checkpoints', 'copies', 'keys']));
    expect(world.vault.paths(vaultPaths.alerts(scope))).toEqual([]);
  });

  test('tells of a signer that is away, and resolves it once there is a checkpoint', async () => {
    await audit(world.deps, scope, { action: 'prune', target: 'p', stage: 'intent' });
    world.signer.faults.on('sign', 'before');
    expect(await watch()).toEqual(['the audit log of shop: sign is disturbed']);
    expect(alert('audit-not-signed')).toMatchObject({ severity: 'warning', detail: 'sign is disturbed' });
    expect(await watch()).toEqual([]);
    expect(alert('audit-not-signed').resolvedAt).toBeDefined();
  });

  test('tells of a log that does not hold, with the place, and resolves it once it does', async () => {
    await audit(world.deps, scope, { action: 'prune', target: 'q', stage: 'intent' });
    await audit(world.deps, scope, { action: 'prune', target: 'r', stage: 'intent' });
    const path = `${prefix}000000000008.jsonl`;
    const whole = world.vault.text(path);
    world.vault.put(path, whole.replace('"target":"q"', '"target":"s"'));
    expect(await watch()).toEqual([expect.stringContaining('000000000008.jsonl:7: entry 14') as string]);
    expect(alert('audit-not-verified')).toMatchObject({ severity: 'critical', count: 1 });
    world.vault.put(path, whole);
    expect(await watch()).toEqual([]);
    expect(alert('audit-not-verified').resolvedAt).toBeDefined();
  });

  test('tells of checkpoints that cannot be reached', async () => {
    world.checkpoints.faults.on('listSegments', 'before', { times: 2 });
    expect(await watch()).toEqual([expect.stringContaining('is disturbed') as string]);
    expect(alert('audit-not-signed').resolvedAt).toBeUndefined();
  });
});
