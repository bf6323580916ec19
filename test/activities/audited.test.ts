/** What is done between an intent and its outcome, and what the log says of it when it was cut off at any point. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { auditAbsence, auditedOperation } from '../../src/activities/audited-operation.ts';
import { audited, auditOutcome, settleIntent } from '../../src/activities/audited.ts';
import type { AuditEntry } from '../../src/contracts/audit.ts';
import type { OperationStart } from '../../src/contracts/operations.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { Failure } from '../../src/policy/failure.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let clock: VirtualWallClock;
let world: World;
const prefix = vaultPaths.auditSegments(scope);
const action = { action: 'delete-server', target: 'a "server"', reason: 'it is over' };
const entries = (): AuditEntry[] =>
  world.vault.paths(prefix).length === 0 ? [] : world.vault.entries<AuditEntry>(prefix);
/** Stage, result, and the intent that an outcome names. */
const told = (): string[] =>
  entries().map(({ stage, result, intent }) => [stage, result, intent].filter(Boolean).join(' '));
const doing = (work: () => Promise<unknown>): Promise<unknown> => audited(world.deps, scope, action, work);
const log = `append ${prefix}`;
const nothing = (): Promise<void> => Promise.resolve();

beforeEach(() => {
  clock = new VirtualWallClock();
  world = makeWorld(clock);
});

describe('an action', () => {
  test('has its intent before it and its outcome behind it, which names the intent', async () => {
    await doing(async () => expect(told()).toEqual(['intent']));
    expect(told()).toEqual(['intent', 'outcome done 1']);
    expect(entries()[1]).toMatchObject({ ...action, sequence: 2 });
  });

  test.each([
    ['refused', new Failure('refused', 'it is held', '')],
    ['refused', new Failure('conflict', 'another one was first', '')],
    ['failed', new Failure('not-found', 'there is none', '')],
    ['unknown', new Failure('unavailable', 'no answer', '')],
    ['unknown', new Error('a bug')],
  ] as const)('that ends %s says so and why, and goes on as a failure', async (result, thrown) => {
    await expect(doing(() => Promise.reject(thrown))).rejects.toBe(thrown);
    expect(told()).toEqual(['intent', `outcome ${result} 1`]);
    expect(entries()[1]?.detail).toEqual({ failure: thrown.message });
  });

  test('whose intent cannot be appended is not done', async () => {
    world.vault.faults.on(log, 'before');
    let isDone = false;
    const work = async (): Promise<void> => void (isDone = true);
    await expect(doing(work)).rejects.toMatchObject({ code: 'cannot-record' });
    expect([isDone, entries()]).toEqual([false, []]);
  });

  test('whose outcome cannot be appended has none, says what was done, and has one when it is done again', async () => {
    world.vault.faults.on(log, 'before', { skip: 1 });
    await expect(doing(nothing)).rejects.toMatchObject({
      code: 'cannot-record',
      message: expect.stringContaining('delete-server of a "server" is done, but the audit log') as string,
      retryable: true,
    });
    expect(told()).toEqual(['intent']);
    await doing(nothing);
    expect(told()).toEqual(['intent', 'intent', 'outcome done 2']);
    expect(entries()[0]?.step).toBe(entries()[1]?.step);
  });

  test('that fails while the log fails as well goes on with its own failure, and has no outcome', async () => {
    world.vault.faults.on(log, 'before', { skip: 1, times: 9 });
    await expect(doing(() => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
    expect(told()).toEqual(['intent']);
  });
});

describe('an operation of the provider', () => {
  const operation = { kind: 'drop', server: 'a', acceptedAt: '2026-03-01T00:00:00.000Z' } as const;
  const begin = (start: OperationStart): Promise<OperationStart> =>
    auditedOperation(world.deps, scope, action, () => Promise.resolve(start));

  test.each<[string, OperationStart]>([
    ['begun', { state: 'running', operation: operation as never }],
    ['done', { state: 'done', detail: 'it was' }],
    ['refused', { state: 'failed', code: 'DeletionRefused', message: 'held' }],
    ['failed', { state: 'failed', code: 'Conflict', message: 'busy' }],
  ])('is %s', async (result, start) => {
    await begin(start);
    expect(told()).toEqual(['intent', `outcome ${result} 1`]);
  });

  test('is done once it is seen to be, and that is said once, days later too', async () => {
    await begin({ state: 'running', operation: operation as never });
    clock.advance(3 * 86_400);
    await settleIntent(world.deps, scope, { action: 'delete-backup', target: 'other' }, { result: 'done' });
    await auditAbsence(world.deps, scope, action);
    await auditAbsence(world.deps, scope, action);
    expect(told()).toEqual(['intent', 'outcome begun 1', 'intent', 'outcome done 1']);
    expect(entries()[2]?.action).toBe('continue-log');
  });
});

test('an outcome that names no intent is that of the newest one of its action on its target', async () => {
  for (const target of ['p', 'q', 'p'])
    await audited(world.deps, scope, { action: 'prune', target }, nothing, () => ({ result: 'begun' }));
  await auditOutcome(world.deps, scope, { action: 'prune', target: 'p' }, { result: 'failed' });
  await auditOutcome(world.deps, scope, { action: 'prune', target: 'r' }, { result: 'failed' });
  expect(told().slice(-2)).toEqual(['outcome failed 5', 'outcome failed']);
});

/** Where an intent is entered by itself, and where its outcome is: the end of the run that it begins, or its slot's. */
const endsElsewhere: Readonly<Record<string, string>> = {
  'drill-plan.ts': 'report/tell.ts',
  'restore/open.ts': 'restore/end.ts',
};

test('whatever enters an intent by itself has its outcome entered', () => {
  const folder = join(import.meta.dirname, '..', '..', 'src', 'activities');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((one) =>
    one.endsWith('.ts'),
  );
  const text = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const own = files.filter((file) => file !== 'audited.ts' && /await audit\(/.test(text(file)));
  expect(own.length).toBeGreaterThan(3);
  expect(own.filter((file) => !text(endsElsewhere[file] ?? file).includes('auditOutcome('))).toEqual([]);
});
