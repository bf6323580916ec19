/**
 * One drill, taken apart: what of its RTO was the provider's restore with its replay, what the checks, what the wait for
 * the next look at the restore, and what is left: the orchestrator's own. And the same restore by a bare script.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchProblem } from '../problem.ts';
import { waitsOf } from './waits.ts';
import { region, source, system, type Stand } from './stand.ts';

/** Seconds. */
export interface DrillFigures {
  readonly rto: number;
  /** From the provider's acceptance of the restore to its end, as the provider writes it down. */
  readonly restore: number;
  readonly checks: number;
  /** From the end of each of the provider's operations until the drill looked again and saw it, all of them together. */
  readonly pollLag: number;
  /** All the rest. */
  readonly own: number;
  /** Of the rest: giving parameters back, a restart for them, isolation, network rules. */
  readonly reconfigure: number;
  /** Of that what the provider works: the parameters, the restart, the network rules. */
  readonly otherWork: number;
}

interface Report {
  readonly result: string;
  readonly reasons: readonly string[];
  readonly plan: { readonly targets: readonly { readonly target: string; readonly instant: string }[] };
  readonly recovery: {
    readonly rto: { readonly achievedSeconds?: number };
    readonly rtoBreakdownSeconds: { readonly reconfigure: number };
  };
  readonly checks: readonly { readonly elapsedMilliseconds: number }[];
}

/** Plays a drill; one that did not pass is no figure. */
export async function measureDrill(stand: Stand): Promise<DrillFigures & { readonly instant: string }> {
  const { drill } = await stand.run<{ drill: string }>('drills');
  const report = (await stand.api.get(`reports/${system}/${drill}`)).body as Report;
  const rto = report.recovery.rto.achievedSeconds;
  if (report.result !== 'PASS' || rto === undefined)
    throw new BenchProblem(`${drill} ended ${report.result}: ${report.reasons.join('; ')}`);
  const [target] = report.plan.targets;
  const effects = await stand.stack.control.effectsOn(target?.target.split('/').at(-1) ?? '');
  const at = (kind: string): number => Date.parse(effects.find((one) => one.kind === kind)?.at ?? '');
  const restore = (at('restore-finished') - at('restore-started')) / 1000;
  const checks = report.checks.reduce((sum, one) => sum + one.elapsedMilliseconds, 0) / 1000;
  const { reconfigure } = report.recovery.rtoBreakdownSeconds;
  const { pollLag, otherWork } = await waitsOf(stand, target?.target ?? '');
  const own = rto - restore - checks - pollLag;
  return { rto, restore, checks, pollLag, own, reconfigure, otherWork, instant: target?.instant ?? '' };
}

/** The same restore by a script that asks each tenth of a second; seconds until the server is ready. Removes it again. */
export async function measureBareRestore(stand: Stand, instant: string, round: number): Promise<number> {
  const group = `/subscriptions/${source.split('/')[2]}/resourceGroups/rg-lifeboat-restored-${region}`;
  const target = `${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/bare-${round}`;
  const startedAt = performance.now();
  const { status, body } = await stand.manage('PUT', target, {
    location: region,
    properties: {
      ...{ createMode: 'PointInTimeRestore', sourceServerResourceId: source, pointInTimeUTC: instant },
    },
  });
  if (status !== 201 && status !== 202)
    throw new BenchProblem(`the bare restore was answered ${status}: ${JSON.stringify(body)}`);
  const isReady = async (): Promise<boolean> => {
    const found = (await stand.manage('GET', target)).body as { properties?: { state?: string } };
    return found.properties?.state === 'Ready';
  };
  while (!(await isReady())) await sleep(100);
  const seconds = (performance.now() - startedAt) / 1000;
  await stand.manage('DELETE', target);
  while ((await stand.manage('GET', target)).status !== 404) await sleep(200);
  return seconds;
}
