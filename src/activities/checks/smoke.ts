/**
 * The smoke check: the operator's start hook points an application at the restored servers, the application is waited for
 * and asked, and the stop hook ends it. A wrong answer is a failed check; whatever cannot be reached says nothing of the
 * restored data. It goes on after a kill: a hook may hear the same order twice, and names no other application then.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  smokeState,
  type SmokeRequest,
  type SmokeSetting,
  type SmokeStart,
  type SmokeState,
} from '../../contracts/smoke.ts';
import { runOfPlan } from '../../contracts/played-plan.ts';
import { instantOf, isoOf } from '../../contracts/values.ts';
import { Failure, failureFrom } from '../../policy/failure.ts';
import { secondsOf } from '../../policy/objectives.ts';
import { safetyMargins } from '../../policy/safety-margins.ts';
import { judgeAnswer } from '../../policy/smoke.ts';
import type { HttpAnswer } from '../../ports/http-requests.ts';
import { targetHere } from '../scope.ts';
import { checkInPortions, type CheckAnswer, type CheckContext } from './check.ts';

const requestSeconds = 10;
const hookSeconds = 60;
const mostBytes = 64 * 1024;
const pollMilliseconds = 500;

export const smokeCheck = checkInPortions<SmokeState>({
  id: 'smoke',
  title: 'An application that is pointed at the restored servers answers as it should',
  state: smokeState,
  begin: () => Promise.resolve({}),
  run: async (context, state) => {
    const setting = settingIn(context);
    const deadline = state.deadline ?? (await started(context, setting));
    if (typeof deadline !== 'string') return deadline;
    const ready = await waitUntilReady(context, setting, deadline);
    if (ready === 'goes-on') return { next: { deadline } };
    const answer = ready === 'ready' ? await askAll(context, setting) : ready;
    return stopped(context, setting, answer);
  },
});

function settingIn({ here }: CheckContext): SmokeSetting {
  const { smoke } = here.region.drill;
  if (smoke !== undefined) return smoke;
  throw new Failure(
    'not-found',
    `the estate names no smoke check of ${here.scope.system} in ${here.scope.region}`,
    'It was removed from the estate file since the plan was made.',
  );
}

/** Has the application pointed at the servers; until when it may take to be ready, or why there is no answer. */
async function started(context: CheckContext, setting: SmokeSetting): Promise<string | CheckAnswer> {
  const { deps } = context;
  const body = await startOrder(context);
  const heard = await tried(() => send(context, 'POST', setting.start, hookSeconds, body));
  const until = isoOf(deps.clock.now().plus({ seconds: secondsOf(setting.readyWithin) }));
  if (isHeard(heard)) return until;
  // An answer that was lost may have started it all the same.
  return stopped(context, setting, unknown(setting, `the start hook ${wordsOf(heard)}`));
}

/** Where each restored server of the plan is reached. */
async function startOrder({ deps, here, plan }: CheckContext): Promise<SmokeStart> {
  const databases = await Promise.all(
    plan.targets.map(async (target) => {
      const { database, name, instant } = target;
      const [host = '', port] = ((await targetHere(deps, here.scope, target)).address ?? '').split(':');
      return { database, host, port: Number(port ?? 5432), name, instant };
    }),
  );
  const until = deps.clock.now().plus({ seconds: safetyMargins.drillServerTimeToLiveSeconds });
  return {
    ...{ schema: 'lifeboat/smoke-start/v1', run: runOfPlan(plan), ...here.scope },
    ...{ databases, until: isoOf(until) },
  };
}

type Waited = 'ready' | 'goes-on' | CheckAnswer;

/** Asks until the application is ready, its time is over, or another portion has to go on. */
async function waitUntilReady(
  context: CheckContext,
  setting: SmokeSetting,
  deadline: string,
): Promise<Waited> {
  const { deps, timeIsUp } = context;
  for (;;) {
    const answer = await tried(() => send(context, 'GET', urlOf(setting, setting.ready), requestSeconds));
    if ('status' in answer && answer.status === 200) return 'ready';
    if (deps.clock.now() >= instantOf(deadline)) return neverReady(setting, answer);
    if (timeIsUp()) return 'goes-on';
    await sleep(pollMilliseconds);
  }
}

/** An application that answers and never is ready does not work on this data; one that nobody reached says nothing. */
function neverReady(setting: SmokeSetting, last: HttpAnswer | Failure): CheckAnswer {
  const what = `the application was not ready within ${setting.readyWithin}: ${setting.ready} ${wordsOf(last)}`;
  if (last instanceof Failure) return unknown(setting, what);
  return { ...answerOf(setting), status: 'failed', actual: what, findings: [what] };
}

/** Every request, also after one that went wrong. */
async function askAll(context: CheckContext, setting: SmokeSetting): Promise<CheckAnswer> {
  const [wrong, unclear]: [string[], string[]] = [[], []];
  const detail: object[] = [];
  for (const request of setting.requests) {
    const from = context.deps.clock.monotonicMilliseconds();
    const answer = await tried(() => send(context, 'GET', urlOf(setting, request.path), requestSeconds));
    const milliseconds = Math.round(context.deps.clock.monotonicMilliseconds() - from);
    const judged = answer instanceof Failure ? unanswered(answer) : judgeAnswer(request, answer);
    if (judged.verdict === 'wrong') wrong.push(`${request.name}: ${judged.because}`);
    if (judged.verdict === 'unknown') unclear.push(`${request.name}: ${judged.because}`);
    const status = answer instanceof Failure ? undefined : answer.status;
    detail.push({ name: request.name, path: request.path, status, verdict: judged.verdict, milliseconds });
  }
  const [first] = [...wrong, ...unclear];
  return {
    ...answerOf(setting),
    status: wrong.length > 0 ? 'failed' : unclear.length > 0 ? 'inconclusive' : 'passed',
    actual: first ?? `${setting.requests.length} answered as they should`,
    findings: wrong,
    detail,
  };
}

const unanswered = ({ message }: Failure): { verdict: 'unknown'; because: string } => ({
  verdict: 'unknown',
  because: message,
});

/** Tells the application that it is over; a hook that does not hear it changes nothing of what was found. */
async function stopped(
  context: CheckContext,
  setting: SmokeSetting,
  answer: CheckAnswer,
): Promise<CheckAnswer> {
  const { here, plan } = context;
  const body = { schema: 'lifeboat/smoke-stop/v1', run: runOfPlan(plan), ...here.scope };
  const heard = await tried(() => send(context, 'POST', setting.stop, hookSeconds, body));
  if (isHeard(heard)) return answer;
  const actual = `${answer.actual}; the stop hook ${wordsOf(heard)}: the application may still run`;
  return { ...answer, actual, measured: { ...answer.measured, stopHook: 'not heard' } };
}

const isHeard = (answer: HttpAnswer | Failure): answer is HttpAnswer =>
  !(answer instanceof Failure) && answer.status >= 200 && answer.status < 300;

const wordsOf = (answer: HttpAnswer | Failure): string =>
  answer instanceof Failure ? `gave no answer: ${answer.message}` : `answered ${answer.status}`;

function answerOf(setting: SmokeSetting): Pick<CheckAnswer, 'expected' | 'measured'> {
  const names = setting.requests.map((one: SmokeRequest) => one.name).join(', ');
  const { origin } = new URL(setting.application);
  return {
    expected: `${origin} answers ${setting.requests.length} request(s) as the estate says: ${names}`,
    measured: { requests: setting.requests.length },
  };
}

const unknown = (setting: SmokeSetting, actual: string): CheckAnswer => ({
  ...answerOf(setting),
  ...{ status: 'inconclusive', actual, findings: [] },
});

/** Below the application's address, whatever path it has itself. */
const urlOf = ({ application }: SmokeSetting, path: string): string =>
  `${application.replace(/\/+$/, '')}${path}`;

function send(
  { deps }: CheckContext,
  method: 'GET' | 'POST',
  url: string,
  timeoutSeconds: number,
  body?: object,
): Promise<HttpAnswer> {
  return deps.http.send({ method, url, timeoutSeconds, mostBytes, ...(body === undefined ? {} : { body }) });
}

/** What came back, or why nothing did; only what is nobody's answer is thrown. */
async function tried(work: () => Promise<HttpAnswer>): Promise<HttpAnswer | Failure> {
  try {
    return await work();
  } catch (thrown) {
    const failure = failureFrom(thrown);
    if (failure.code === 'unavailable' || failure.code === 'refused') return failure;
    throw thrown;
  }
}
