/**
 * The tasks behind an orchestrator's actions, as a tree of nodes. Task ids are not on the wire: a node takes its
 * ids when it starts, in the order in which durable-functions numbers them (leaves when first seen, compounds
 * depth first, a retry as attempt, timer, attempt, timer …, a long timer as a chain). External events take none.
 */
import { ActionType, type Action, type HttpRequestAction } from './actions.ts';
import type { EventBody } from './history-events.ts';

/** What the host must do for one task id. */
export type DecisionKind =
  | 'activity'
  | 'http'
  | 'orchestration'
  | 'timer'
  | 'call'
  | 'signal'
  | 'lock'
  | 'release';

/** One task id with what it stands for. */
export interface Decision {
  readonly id: number;
  readonly kind: DecisionKind;
  readonly action: Action;
  /** Timers: milliseconds since the epoch. */
  readonly fireAt?: number;
  readonly canceled?: boolean;
  /** Releases: the entity. */
  readonly target?: string;
}

/** A task; `start` allocates its ids, `whenSettled` tells the parent. */
export interface TaskNode {
  settled: boolean;
  failed: boolean;
  start(): void;
  whenSettled?: (node: TaskNode, event?: EventBody) => void;
}

/** The longest single timer and the length of one link of a longer one, milliseconds. */
export interface TimerLimits {
  readonly maximumShortTimerMs: number;
  readonly longTimerIntervalMs: number;
}

/** What nodes need from the walk over the history. */
export interface TaskScheduler {
  readonly now: number;
  readonly limits: TimerLimits;
  /** Takes the next id; with `node` the id stays open until the node is settled by an event. */
  allocate(kind: DecisionKind, details: Omit<Decision, 'id' | 'kind'>, node?: TaskNode): void;
  awaitEvent(name: string, node: TaskNode): void;
  continueAsNew(input: unknown): void;
  lockEntities(targets: readonly string[]): void;
  releaseEntities(): readonly string[];
}

/** Durable HTTP polls a 202 after this delay when the server names none. */
const HTTP_POLL_DELAY_MS = 30_000;

/** Marks a node as settled and tells its parent. */
export function settle(node: TaskNode, failed: boolean, event?: EventBody): void {
  node.settled = true;
  node.failed = failed;
  node.whenSettled?.(node, event);
}

/** The node of an action and, for compounds, of everything below it. Throws on an action the host does not know. */
export function buildTask(action: Action, scheduler: TaskScheduler): TaskNode {
  const build = builders.get(action.actionType);
  if (build === undefined)
    throw new Error(
      `The orchestrator asked for action type ${action.actionType}, which this host does not support.`,
    );
  return build(action, scheduler);
}

type Builder = (action: Action, scheduler: TaskScheduler) => TaskNode;

const builders = new Map<number, Builder>([
  [ActionType.CallActivity, leafOf('activity')],
  [ActionType.CallSubOrchestrator, leafOf('orchestration')],
  [ActionType.CallEntity, leafOf('call')],
  [ActionType.CallHttp, httpTask],
  [ActionType.CallActivityWithRetry, retryOf('activity')],
  [ActionType.CallSubOrchestratorWithRetry, retryOf('orchestration')],
  [ActionType.CreateTimer, timerTask],
  [ActionType.WaitForExternalEvent, eventTask],
  [ActionType.SignalEntity, signalTask],
  [ActionType.LockEntities, lockTask],
  [ActionType.ReleaseEntities, releaseTask],
  [ActionType.ContinueAsNew, continueAsNewTask],
  [ActionType.WhenAny, anyTask],
  [ActionType.WhenAll, allTask],
]);

function openNode(start: (node: TaskNode) => void): TaskNode {
  const node: TaskNode = { settled: false, failed: false, start: () => start(node) };
  return node;
}

function childNode(whenSettled: (node: TaskNode, event?: EventBody) => void): TaskNode {
  return { settled: false, failed: false, start: () => {}, whenSettled };
}

function leafOf(kind: DecisionKind): Builder {
  return (action, scheduler) => openNode((node) => scheduler.allocate(kind, { action }, node));
}

function signalTask(action: Action, scheduler: TaskScheduler): TaskNode {
  return openNode((node) => {
    scheduler.allocate('signal', { action });
    node.settled = true;
  });
}

function lockTask(action: Action, scheduler: TaskScheduler): TaskNode {
  return openNode((node) => {
    scheduler.lockEntities(
      (action.lockSet ?? []).map((entity) => `@${entity.name.toLowerCase()}@${entity.key}`),
    );
    scheduler.allocate('lock', { action }, node);
  });
}

function releaseTask(action: Action, scheduler: TaskScheduler): TaskNode {
  return openNode((node) => {
    for (const target of scheduler.releaseEntities()) scheduler.allocate('release', { action, target });
    node.settled = true;
  });
}

function continueAsNewTask(action: Action, scheduler: TaskScheduler): TaskNode {
  return openNode((node) => {
    scheduler.continueAsNew(action.input);
    node.settled = true;
  });
}

function eventTask(action: Action, scheduler: TaskScheduler): TaskNode {
  return openNode((node) => scheduler.awaitEvent(action.externalEventName ?? '', node));
}

/** Beyond the longest single timer: a chain of links, each with an id of its own, until the instant is reached. */
function timerTask(action: Action, scheduler: TaskScheduler): TaskNode {
  const fireAt = Date.parse(action.fireAt ?? '');
  const canceled = action.isCanceled === true;
  const { limits } = scheduler;
  const isLong = (): boolean => fireAt - scheduler.now > limits.maximumShortTimerMs;
  return openNode((node) => {
    const chained = isLong();
    const addLink = (): void => {
      const linkAt = isLong() ? scheduler.now + limits.longTimerIntervalMs : fireAt;
      const link = childNode(() => (chained && fireAt > scheduler.now ? addLink() : settle(node, false)));
      scheduler.allocate('timer', { action, fireAt: linkAt, canceled }, link);
    };
    addLink();
  });
}

/** Attempt, timer, attempt, timer …: a timer follows even the last failure, for no time at all. */
function retryOf(kind: 'activity' | 'orchestration'): Builder {
  return (action, scheduler) =>
    openNode((node) => {
      const attempt = (number: number): void => {
        const afterTimer = (): void =>
          isLastAttempt(action, number) ? settle(node, true) : attempt(number + 1);
        const afterAttempt = (child: TaskNode): void => {
          if (!child.failed) return settle(node, false);
          const fireAt = scheduler.now + retryDelayMs(action, number);
          scheduler.allocate('timer', { action, fireAt }, childNode(afterTimer));
        };
        scheduler.allocate(kind, { action }, childNode(afterAttempt));
      };
      attempt(1);
    });
}

function isLastAttempt(action: Action, number: number): boolean {
  return number >= (action.retryOptions?.maxNumberOfAttempts ?? 1);
}

function retryDelayMs(action: Action, number: number): number {
  const options = action.retryOptions;
  if (options === undefined || isLastAttempt(action, number)) return 0;
  const delay = options.firstRetryIntervalInMilliseconds * (options.backoffCoefficient ?? 1) ** (number - 1);
  return Math.min(delay, options.maxRetryIntervalInMilliseconds ?? Infinity);
}

/** A 202 with a Location is polled there: timer, request, timer, request … */
function httpTask(action: Action, scheduler: TaskScheduler): TaskNode {
  return openNode((node) => {
    const request = (current: Action): void => {
      const whenAnswered = (child: TaskNode, event?: EventBody): void => {
        const poll = child.failed ? undefined : nextPoll(current, event);
        if (poll === undefined) return settle(node, child.failed);
        const fireAt = scheduler.now + poll.delayMs;
        scheduler.allocate(
          'timer',
          { action, fireAt },
          childNode(() => request(poll.action)),
        );
      };
      scheduler.allocate('http', { action: current }, childNode(whenAnswered));
    };
    request(action);
  });
}

function nextPoll(action: Action, event?: EventBody): { action: Action; delayMs: number } | undefined {
  const request = action.httpRequest;
  if (request?.asynchronousPatternEnabled !== true || typeof event?.Result !== 'string') return undefined;
  const response = JSON.parse(event.Result) as { statusCode: number; headers?: Record<string, string> };
  const headers = new Headers(response.headers);
  const location = headers.get('location');
  if (response.statusCode !== 202 || location === null) return undefined;
  const { content: _content, ...rest } = request;
  const httpRequest: HttpRequestAction = { ...rest, method: 'GET', uri: new URL(location, request.uri).href };
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return { action: { ...action, httpRequest }, delayMs: seconds >= 0 ? seconds * 1000 : HTTP_POLL_DELAY_MS };
}

function compound(
  action: Action,
  scheduler: TaskScheduler,
  whenChild: (node: TaskNode, children: TaskNode[], child: TaskNode) => void,
): TaskNode {
  const children = (action.compoundActions ?? []).map((child) => buildTask(child, scheduler));
  const node = openNode(() => {
    for (const child of children) child.start();
  });
  for (const child of children) {
    child.whenSettled = () => {
      if (!node.settled) whenChild(node, children, child);
    };
  }
  return node;
}

function anyTask(action: Action, scheduler: TaskScheduler): TaskNode {
  return compound(action, scheduler, (node) => settle(node, false));
}

/** Fails with the first failure, as the JavaScript library does (the .NET host would wait for the siblings). */
function allTask(action: Action, scheduler: TaskScheduler): TaskNode {
  return compound(action, scheduler, (node, children, child) => {
    if (child.failed) settle(node, true);
    else if (children.every((each) => each.settled && !each.failed)) settle(node, false);
  });
}
