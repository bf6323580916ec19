/** The host's own routes under `/admin`: its state, its functions, running a timer, and recorded histories. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { FunctionApp } from '../app/function-app.ts';
import { HOST_VERSION } from '../app/functions-core.ts';
import type { DurableEngine } from '../durable/engine.ts';
import { NOT_FOUND, type ApiRequest, type ApiResponse } from '../durable/api-messages.ts';
import type { TimerHost } from '../timers/timer-host.ts';

/** What the admin routes show. */
export interface AdminParts {
  readonly app: FunctionApp;
  readonly engine: DurableEngine;
  readonly timers: TimerHost;
}

/** `GET /admin/host/status`, open to all. */
export function hostStatus(state: 'Starting' | 'Running'): ApiResponse {
  return {
    status: 200,
    json: { state, version: HOST_VERSION, processUptime: Math.round(process.uptime() * 1000) },
  };
}

/** Answers `/admin/...` for callers with the master key. */
export function answerAdmin(parts: AdminParts, { method, path }: ApiRequest): ApiResponse {
  const [area, first, second, third] = path;
  if (area === 'functions' && first === undefined && method === 'GET')
    return { status: 200, json: listFunctions(parts.app) };
  if (area === 'functions' && first !== undefined && method === 'POST') return runTimer(parts.timers, first);
  if (area === 'host' && first === 'memory' && method === 'POST') return collectedMemory();
  const isHistory =
    area === 'durable' && first === 'instances' && second !== undefined && third === 'history';
  return isHistory && method === 'GET' ? rawHistory(parts.engine, second) : NOT_FOUND;
}

/** What is in use once everything that is in use no more was collected, in bytes. */
function collectedMemory(): ApiResponse {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { status: 200, json: { heapUsed, external, rss } };
}

function listFunctions(app: FunctionApp): object[] {
  return app.functions.map(({ name, bindings, trigger }) => ({
    name,
    trigger: trigger.type,
    config: { bindings },
  }));
}

function runTimer(timers: TimerHost, name: string): ApiResponse {
  const outcome = timers.runNow(name);
  if (outcome === 'unknown')
    return { status: 404, json: { Message: `There is no timer function '${name}'.` } };
  return outcome === 'running'
    ? { status: 409, json: { Message: `'${name}' is running.` } }
    : { status: 202 };
}

/** Everything a replay needs: the raw history and the timer spans under which it was recorded. */
function rawHistory(engine: DurableEngine, id: string): ApiResponse {
  const instance = engine.instance(id);
  if (instance === undefined) return NOT_FOUND;
  const { name, status } = instance;
  return {
    status: 200,
    json: { instanceId: id, name, status, timers: engine.timerSettings, history: engine.history(id) },
  };
}
