/** The cycle of `npm start` begins also where a schedule was faster: it follows that run first. */
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { ApiClient } from '../../../src/cli/client.ts';
import { runCycle } from '../../../local/supervisor/run-cycle.ts';
import { cycled, viewOf } from '../../cli/canned-operations.ts';
import { passed, statusOf } from '../../cli/canned-status.ts';
import { FakeApp, fakeToken, problem } from '../../cli/fake-app.ts';

const prune = 'prune.lms.westeurope.20260301T060000Z';
const cycle = 'cycle.lms.westeurope.20260301T061500Z';

test('a run that the schedule has just begun is followed to its end, then the cycle begins', async () => {
  let isPruning = true;
  let refusals = 0;
  const asked: string[] = [];
  const status = () => ({
    ...statusOf('westeurope', [
      {
        ...passed('lms', 'westeurope'),
        running: isPruning && refusals > 0 ? [{ id: prune, kind: 'prune' }] : [],
      },
    ]),
  });
  const app = new FakeApp('westeurope', {
    'GET status': () => ({ json: status() }),
    'POST cycles': () => {
      asked.push('cycle');
      if (isPruning) {
        refusals += 1;
        return problem(409, 'conflict', `${prune} is still at work`, 'Follow it.');
      }
      const started = { id: cycle, kind: 'cycle', system: 'lms', region: 'westeurope' };
      return {
        status: 202,
        json: { operations: [{ ...started, statusUrl: `/api/v1/operations/${cycle}` }] },
      };
    },
    [`GET operations/${prune}`]: () => {
      asked.push('prune');
      isPruning = false;
      return { json: viewOf(prune, { state: 'succeeded', result: {} }) };
    },
    [`GET operations/${cycle}`]: { json: viewOf(cycle, { state: 'succeeded', result: cycled('PASS') }) },
  });
  await app.start();
  try {
    const { exitCode } = await runCycle({
      clients: [new ApiClient({ region: 'westeurope', url: app.url }, () => Promise.resolve(fakeToken))],
      ...{ cleanUpDelaySeconds: 0, signal: new AbortController().signal },
      out: new PassThrough().resume() as unknown as NodeJS.WriteStream,
    });
    expect(asked).toEqual(['cycle', 'prune', 'cycle']);
    expect(exitCode).toBe(0);
  } finally {
    await app.stop();
  }
});
