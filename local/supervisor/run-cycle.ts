/**
 * Runs one cycle over every system of every region: asks each app to begin, follows all of them live, and fetches what
 * came of it. A cycle that is still at work from before a restart is followed to its end instead of begun again.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DateTime } from 'luxon';
import { ApiClient } from '../../src/cli/client.ts';
import { tokenSource } from '../../src/cli/login.ts';
import { liveProgress } from '../../src/cli/live.ts';
import { outcomeOf, worstExit, type WorkExit } from '../../src/cli/outcome.ts';
import { wantsColor } from '../../src/cli/palette.ts';
import { exitCodeFor } from '../../src/cli/summary.ts';
import { watchOperations, type WatchedOperation } from '../../src/cli/watch.ts';
import { canonicalJson } from '../../src/policy/canonical-json.ts';
import { Failure } from '../../src/policy/failure.ts';
import type { OperationView } from '../../src/contracts/api/runs.ts';
import type { StatusResponse } from '../../src/contracts/api/status.ts';
import type { Profile } from '../../src/contracts/profile.ts';
import { reportKey, reportMarkdown, reportOf, reportSignature } from '../../src/cli/report-forms.ts';

export interface CycleOptions {
  /** One for each region. */
  readonly clients: readonly ApiClient[];
  readonly cleanUpDelaySeconds: number;
  readonly out: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/** The clients of a profile, signed in as its own identity. */
export function clientsOf({ deployments, login }: Profile, signal: AbortSignal): ApiClient[] {
  const tokens = tokenSource(login, { now: () => DateTime.utc().toMillis() });
  return deployments.map((deployment) => new ApiClient(deployment, tokens, { signal }));
}

/** What a cycle came to: the status of every region, and the exit code that says the worst of it. */
export interface CycleEnd {
  readonly statuses: readonly StatusResponse[];
  readonly exitCode: WorkExit;
}

/** Runs the cycle; throws the signal's reason if it is broken off. */
export async function runCycle({
  clients,
  cleanUpDelaySeconds,
  out,
  signal,
}: CycleOptions): Promise<CycleEnd> {
  const live = liveProgress({ stream: out, now: () => DateTime.utc(), color: wantsColor(out, process.env) });
  const follow = (operations: readonly WatchedOperation[]): Promise<OperationView[]> =>
    watchOperations(operations, {
      report: (view) => live.report(view),
      trouble: (id, failure) => live.trouble(id, failure),
      intervalMilliseconds: 500,
      signal,
    });
  try {
    const begun = await Promise.all(
      clients.map(async (client) => {
        const { systems } = await client.call('status', {});
        const begin = (system: string) => beginCycle(client, { system, cleanUpDelaySeconds }, follow, signal);
        return Promise.all(systems.map(({ system }) => begin(system)));
      }),
    );
    const views = await follow(begun.flat(2));
    const statuses = await Promise.all(clients.map((client) => client.call('status', {})));
    return {
      statuses,
      exitCode: worstExit([...views.map((view) => outcomeOf(view).exit), exitCodeFor(statuses)]),
    };
  } finally {
    live.stop();
  }
}

/** What keeps a cycle from beginning: other runs of its system, but those that wait for people. */
const waitsForNobody = new Set(['repair', 'restore']);

/**
 * Begins the cycle of a system, or finds the one that is at work. A run that the schedule began in this very minute is
 * followed to its end first: a cycle that it keeps from beginning is no failure.
 */
async function beginCycle(
  client: ApiClient,
  order: { readonly system: string; readonly cleanUpDelaySeconds: number },
  follow: (operations: readonly WatchedOperation[]) => Promise<OperationView[]>,
  signal: AbortSignal,
): Promise<WatchedOperation[]> {
  for (;;) {
    const { systems } = await client.call('status', {});
    const running = systems.find(({ system }) => system === order.system)?.running ?? [];
    const cycle = running.find(({ kind }) => kind === 'cycle');
    if (cycle !== undefined) return [{ id: cycle.id, client }];
    const before = running.filter(({ kind }) => !waitsForNobody.has(kind));
    await follow(before.map(({ id }) => ({ id, client })));
    try {
      const { operations } = await client.call('startCycle', { body: order });
      return operations.map(({ id }) => ({ id, client }));
    } catch (thrown) {
      if (!(thrown instanceof Failure) || thrown.code !== 'conflict') throw thrown;
      await sleep(500, undefined, { signal });
    }
  }
}

/** The signature and its key, so that the copy can be verified where it lies. */
async function fetchSignature(
  client: ApiClient,
  system: string,
  drill: string,
  folder: string,
): Promise<void> {
  const key = await reportKey(client, system, drill);
  mkdirSync(path.join(folder, 'keys'), { recursive: true });
  writeFileSync(path.join(folder, 'keys', `${key.keyId}.json`), `${canonicalJson(key)}\n`);
  writeFileSync(path.join(folder, `${drill}.jws`), await reportSignature(client, system, drill));
}

/** Writes each system's newest report beside the state, where a person finds it; returns the paths. */
export async function fetchReports(
  clients: readonly ApiClient[],
  statuses: readonly StatusResponse[],
  stateDir: string,
): Promise<string[]> {
  const written: string[] = [];
  for (const status of statuses) {
    const client = clients.find(({ region }) => region === status.region);
    if (client === undefined) continue;
    for (const { system, drill } of status.systems) {
      if (drill === undefined) continue;
      const folder = path.join(stateDir, 'reports', system, status.region);
      mkdirSync(folder, { recursive: true });
      const file = path.join(folder, drill.id);
      writeFileSync(`${file}.json`, `${canonicalJson(await reportOf(client, system, drill.id))}\n`);
      writeFileSync(`${file}.md`, await reportMarkdown(client, system, drill.id));
      if (drill.signed === true) await fetchSignature(client, system, drill.id, folder);
      written.push(`${file}.md`);
    }
  }
  return written;
}
