/**
 * Asks one hook. What is about to be asked stands in the vault and in the audit log before, what came of it after. An
 * asking of which nobody knows what came, since no answer arrived or the app died, is done again with the same key and a
 * higher number, so that whoever is asked can tell it from a second order.
 */
import { cutoverPermit, hookRecord, type HookRecord } from '../../contracts/cutover.ts';
import type { HookCall, PlannedHook } from '../../contracts/cutover-plan.ts';
import { isoOf } from '../../contracts/values.ts';
import { vaultPaths, type Scope } from '../../contracts/vault-paths.ts';
import { judgeHookStatus } from '../../policy/cutover.ts';
import { Failure, failureFrom } from '../../policy/failure.ts';
import { DatabaseError } from '../../ports/database.ts';
import { NotSent } from '../../ports/http-requests.ts';
import { audited, settleIntent, type AuditEnd } from '../audited.ts';
import type { Dependencies } from '../dependencies.ts';
import { needPermitOf } from '../matters/permit.ts';
import { serverHere } from '../scope.ts';
import { changeDocument, createDocument, needDocument } from '../vault-documents.ts';
import { readAskedCutover } from './documents.ts';
import { callWords } from './hooks.ts';

/** The header by which a hook knows how often it was asked. */
export const attemptHeader = 'lifeboat-attempt';
const mostBytes = 16 * 1024;
const longestStatementSeconds = 240;

type Outcome = NonNullable<HookRecord['outcome']>;

/** Asks a hook of a permitted cutover; throws retryably while nobody knows what came of it. */
export async function askHook(
  deps: Dependencies,
  scope: Scope,
  { cutover, plan: digest, hook }: { readonly cutover: string; readonly plan: string; readonly hook: string },
): Promise<Pick<Outcome, 'state' | 'detail'>> {
  const { plan } = await readAskedCutover(deps, scope, { cutover, plan: digest });
  const permit = { path: vaultPaths.cutoverPermit(scope, cutover), shape: cutoverPermit };
  await needPermitOf(deps, { noun: 'cutover', id: cutover, permit }, digest);
  const planned = plan.hooks.find((one) => one.hook === hook);
  if (planned === undefined)
    throw new Failure('not-found', `the plan of ${cutover} has no hook ${hook}`, 'Nothing was asked.');
  const record = await beginAsking(deps, scope, cutover, planned);
  const action = { action: 'cutover-hook', target: `${cutover}/${hook}` };
  if (record.outcome !== undefined) {
    const { state, detail } = record.outcome;
    await settleIntent(deps, scope, action, endOf(record.outcome));
    return { state, detail };
  }
  const { key, asked, call } = record;
  const about = { ...action, detail: { key, attempt: asked.length, call: callWords(call) } };
  const { state, detail } = await audited(deps, scope, about, () => ask(deps, scope, record), endOf);
  return { state, detail };
}

const endOf = ({ state, detail }: Outcome): AuditEnd => ({ result: state, detail: { state, said: detail } });

/** Writes down that it is asked now; a hook of which the outcome is known is left as it is. */
async function beginAsking(
  deps: Dependencies,
  scope: Scope,
  cutover: string,
  { hook, call }: PlannedHook,
): Promise<HookRecord> {
  const path = vaultPaths.cutoverHook(scope, cutover, hook);
  const now = isoOf(deps.clock.now());
  const first: HookRecord = {
    ...{ schema: 'lifeboat/cutover-hook/v1', cutover, system: scope.system, region: scope.region },
    ...{ hook, key: `${scope.system}.${scope.region}.${cutover}.${hook}`, call, asked: [now] },
  };
  if (await createDocument(deps.vault, path, hookRecord, first)) return first;
  const again = await changeDocument(deps.vault, path, hookRecord, (one) =>
    one.outcome === undefined ? { ...one, asked: [...one.asked, now] } : one,
  );
  return again ?? needDocument(deps.vault, path, hookRecord);
}

async function ask(deps: Dependencies, scope: Scope, record: HookRecord): Promise<Outcome> {
  const { cutover, hook } = record;
  const path = vaultPaths.cutoverHook(scope, cutover, hook);
  const came = await tryCall(deps, record).catch(async (thrown: unknown) => {
    if (thrown instanceof NotSent) await noteUnreached(deps, path, record.asked.length, thrown.message);
    throw thrown;
  });
  const outcome = { ...came, at: isoOf(deps.clock.now()) };
  const kept = await changeDocument(deps.vault, path, hookRecord, (one) => ({
    ...one,
    outcome: one.outcome ?? outcome,
  }));
  return kept?.outcome ?? outcome;
}

type Came = Pick<Outcome, 'state' | 'detail'>;

const tryCall = (deps: Dependencies, record: HookRecord): Promise<Came> =>
  record.call.kind === 'http' ? sendHook(deps, record, record.call) : runStatement(deps, record.call);

/** One of its askings certainly reached nobody, noted once: where none did, there is nothing to take back. */
async function noteUnreached(
  deps: Dependencies,
  path: string,
  attempt: number,
  detail: string,
): Promise<void> {
  await changeDocument(deps.vault, path, hookRecord, ({ unreached = [], ...one }) => ({
    ...one,
    unreached: [...unreached.filter((other) => other.attempt !== attempt), { attempt, detail }],
  }));
}

async function sendHook(
  deps: Dependencies,
  { key, asked }: HookRecord,
  { method, url, body, statuses, timeoutSeconds, scope }: Extract<HookCall, { kind: 'http' }>,
): Promise<Came> {
  const { status } = await deps.http.send({
    ...{ method, url, timeoutSeconds, mostBytes },
    ...(body === undefined ? {} : { body }),
    headers: { 'idempotency-key': key, [attemptHeader]: String(asked.length) },
    ...(scope === undefined ? {} : { tokenScope: scope }),
  });
  const { origin } = new URL(url);
  const said = judgeHookStatus(status, statuses);
  if (said !== 'unclear') return { state: said, detail: `${origin} answered ${status}` };
  throw new Failure(
    'unavailable',
    `${origin} answered ${status}: it may have done it or not`,
    'Look at what serves there; it is asked again with the same key.',
  );
}

async function runStatement(
  deps: Dependencies,
  { server, name, statement }: Extract<HookCall, { kind: 'sql' }>,
): Promise<Came> {
  let isSent = false;
  try {
    const { address = '' } = await serverHere(deps, server);
    await deps.databases.withSession({ address, name }, async (session) => {
      await session.query(`SET statement_timeout = ${longestStatementSeconds * 1000}`);
      // A database that an earlier hook made read-only is changed all the same: the statement is what was approved.
      await session.query('SET default_transaction_read_only = off');
      isSent = true;
      await session.query(statement);
    });
    return { state: 'done', detail: `database ${name} took the statement` };
  } catch (thrown) {
    if (thrown instanceof DatabaseError && !thrown.retryable)
      return { state: 'refused', detail: `database ${name}: ${thrown.message}` };
    if (isSent) throw thrown;
    const { code, message, hint, retryable } = failureFrom(thrown);
    throw new NotSent(code, message, hint, { cause: thrown, retryable });
  }
}
