/** Live progress: redrawn in place in a terminal, plain lines in a pipe. */
import { DateTime } from 'luxon';
import { expect, test } from 'vitest';
import { liveProgress, type Live } from '../../src/cli/live.ts';
import { Failure } from '../../src/policy/failure.ts';
import { cycled, viewOf, type ViewChange } from './canned-operations.ts';
import { Screen } from './screen.ts';

const lms = 'cycle.lms.westeurope.20260301T013000Z';
const unite = 'cycle.unite-cloud.northeurope.20260301T013000Z';
const now = (): DateTime => DateTime.fromISO('2026-03-01T01:31:42.000Z', { zone: 'utc' });
const refused = new Failure('unavailable', 'http://app cannot be reached: the connection was refused.', '');
const snapshotDone = [{ step: 'snapshot', seconds: 9.4, outcome: 'done' }];

/** What was written, and progress that writes it. */
function recorded(options: { redraw: boolean; color?: boolean; columns?: number; rows?: number }): {
  written: string[];
  live: Live;
} {
  const written: string[] = [];
  const { redraw, color = false, ...size } = options;
  return {
    written,
    live: liveProgress({ stream: { write: (text) => written.push(text), ...size }, now, redraw, color }),
  };
}

test('a percentage never goes back, however long an unknown step makes the rest', () => {
  const { written, live } = recorded({ redraw: true, columns: 100 });
  const usual = { runs: 2, seconds: 200, steps: [{ step: 'snapshot', seconds: 64 }] };
  live.expect(lms, usual);
  live.report(viewOf(lms, { step: 'snapshot' }));
  live.report(viewOf(lms, { step: 'something else', done: snapshotDone }));
  live.stop();
  const told = [...written.join('').matchAll(/(\d+) %, about (\d+)/g)].map((hit) => Number(hit[1]));
  expect(told.length).toBeGreaterThan(1);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
});

test('in a pipe each change is one line with the time, and nothing is said twice', () => {
  const { written, live } = recorded({ redraw: false });
  live.report(viewOf(lms, { step: 'snapshot' }));
  live.report(viewOf(lms, { step: 'snapshot', inner: { step: 'back up', percent: 10 } }));
  live.report(viewOf(lms, { step: 'snapshot', inner: { step: 'back up', percent: 60 } }));
  live.trouble(lms, refused);
  live.trouble(lms, refused);
  live.report(
    viewOf(lms, {
      step: 'restore drill',
      done: snapshotDone,
      inner: { step: 'restore', done: [{ step: 'plan', seconds: 0.412, outcome: 'done' }] },
    }),
  );
  live.report(
    viewOf(lms, {
      state: 'succeeded',
      step: 'restore drill',
      done: snapshotDone,
      result: cycled('FAIL', ['check blobs: 2 missing']),
    }),
  );
  live.stop();
  expect(written.join('').split('\n')).toEqual([
    '2026-03-01 01:31:42Z  lms westeurope  snapshot',
    '2026-03-01 01:31:42Z  lms westeurope  snapshot > back up',
    '2026-03-01 01:31:42Z  lms westeurope  no answer, trying again: http://app cannot be reached: the connection was refused.',
    '2026-03-01 01:31:42Z  lms westeurope  snapshot: done after 9.4 s',
    '2026-03-01 01:31:42Z  lms westeurope  restore drill > plan: done after 0.4 s',
    '2026-03-01 01:31:42Z  lms westeurope  restore drill > restore',
    '2026-03-01 01:31:42Z  lms westeurope  cycle ended FAIL after 1 m 04 s: check blobs: 2 missing',
    '',
  ]);
});

test('steps are told in the order of their ends: those before the child first, then its own, then the child itself', () => {
  const { written, live } = recorded({ redraw: false });
  const restored = { step: 'restore', seconds: 4, outcome: 'done' };
  live.report(
    viewOf(lms, {
      step: 'restore drill',
      done: [...snapshotDone, { step: 'restore drill', seconds: 11, outcome: 'PASS' }],
      inner: { step: 'report', done: [restored] },
    }),
  );
  expect(written.map((line) => line.trim().split('westeurope  ')[1])).toEqual([
    'snapshot: done after 9.4 s',
    'restore drill > restore: done after 4 s',
    'restore drill: PASS after 11 s',
    'restore drill > report',
  ]);
});

test('in a terminal one line for each operation is redrawn in place, and the cursor comes back', () => {
  const { written, live } = recorded({ redraw: true, columns: 100, rows: 24 });
  live.report(viewOf(lms, { step: 'snapshot' }));
  live.report(viewOf(unite, { step: 'restore drill', inner: { step: 'restore', percent: 40.7 } }));
  const screen = new Screen();
  screen.write(written.join(''));
  expect(screen.lines()).toEqual([
    'lms          westeurope   1 m 12 s  snapshot, for 42 s',
    'unite-cloud  northeurope  1 m 12 s  restore drill > restore 40 %, for 42 s',
  ]);
  expect(screen.cursorShown).toBe(false);
  live.trouble(unite, refused);
  live.report(viewOf(lms, { state: 'succeeded', result: cycled('PASS') }));
  live.stop();
  live.stop();
  const again = new Screen();
  again.write(written.join(''));
  expect(again.lines()).toEqual([
    'lms          westeurope   1 m 04 s  PASS',
    'unite-cloud  northeurope  1 m 12 s  no answer, trying again: http://app cannot be reached: the con…',
  ]);
  expect(again.cursorShown).toBe(true);
});

test('in a terminal the percentage and the time left are told where earlier runs tell them, and nothing elsewhere', () => {
  const { written, live } = recorded({ redraw: true, columns: 100, rows: 24 });
  const other = 'cycle.third.northeurope.20260301T013000Z';
  const usual = {
    runs: 3,
    seconds: 120,
    steps: [
      { step: 'snapshot', seconds: 60 },
      { step: 'prune', seconds: 10 },
    ],
  };
  live.report(viewOf(lms, { step: 'snapshot' }));
  live.report(viewOf(unite, { step: 'snapshot' }));
  live.report(viewOf(other, { step: 'prune', done: snapshotDone }));
  live.expect(lms, usual);
  live.expect(other, usual);
  live.stop();
  const screen = new Screen();
  screen.write(written.join(''));
  expect(screen.lines()).toEqual([
    'lms          westeurope   1 m 12 s  72 %, about 28 s left    snapshot, for 42 s',
    'unite-cloud  northeurope  1 m 12 s                           snapshot, for 42 s',
    'third        northeurope  1 m 12 s  longer than usual (2 m)  prune, for 42 s',
  ]);
});

test('lines are never wider than the terminal nor than 100 columns, and frames never higher', () => {
  for (const [columns, widest] of [
    [40, 39],
    [300, 99],
  ] as const) {
    const { written, live } = recorded({ redraw: true, columns, rows: 5 });
    for (let number = 10; number < 30; number += 1) {
      live.report(
        viewOf(`cycle.system${number}.westeurope.20260301T013000Z`, {
          step: 'a step with a name that goes on '.repeat(10),
        }),
      );
    }
    live.stop();
    const screen = new Screen();
    screen.write(written.join(''));
    expect(screen.lines()).toHaveLength(4);
    expect(screen.lines().at(-1)).toBe('and 17 more');
    expect(Math.max(...screen.lines().map((line) => line.length))).toBe(widest);
  }
});

test('a terminal that does not say its size is taken for one of 100 columns', () => {
  const { written, live } = recorded({ redraw: true, columns: 0, rows: 0 });
  live.report(viewOf(lms, { step: 'snapshot' }));
  live.stop();
  const screen = new Screen();
  screen.write(written.join(''));
  expect(screen.lines()).toEqual(['lms  westeurope  1 m 12 s  snapshot, for 42 s']);
});

test('ended operations are coloured by what they came to, when colour is wanted', () => {
  for (const [color, expected] of [
    [true, '\u001B[31m'],
    [false, undefined],
  ] as const) {
    const { written, live } = recorded({ redraw: true, color, columns: 100, rows: 24 });
    live.report(viewOf(lms, { state: 'succeeded', result: cycled('FAIL', ['x']) }));
    live.stop();
    expect(written.join('').includes('\u001B[31m')).toBe(expected !== undefined);
  }
});

const restoring = 'restore.lms.westeurope.20260301T013000Z';
const approval = '  approve it with: lifeboat approve restore-20260301T013000Z --reason';

test('what waits for another person says so, and by which command it is approved, in a terminal and in a pipe', () => {
  for (const redraw of [true, false]) {
    const { written, live } = recorded({ redraw, columns: 80, rows: 24 });
    live.report(viewOf(restoring, { step: 'approve' }));
    live.report(viewOf(restoring, { step: 'approve' }));
    live.stop();
    const screen = new Screen();
    screen.write(written.join('').replaceAll(/(?<!\r)\n/g, '\r\n'));
    const begin = redraw ? 'lms  westeurope  1 m 12 s  ' : '2026-03-01 01:31:42Z  lms westeurope  ';
    const lines = screen.lines().filter((line) => line !== '');
    expect(lines).toEqual([`${begin}waits for another person${redraw ? ', for 42 s' : ''}`, approval]);
  }
});

test('a repair waits for a person as well; a step of that name elsewhere, or an end, does not', () => {
  const said = (id: string, change: ViewChange): string => {
    const { written, live } = recorded({ redraw: false });
    live.report(viewOf(id, change));
    return written.join('');
  };
  const repairing = restoring.replace('restore', 'repair');
  expect(said(repairing, { step: 'wait for approval' })).toContain(approval.replace('restore-', 'repair-'));
  expect(said(lms, { step: 'approve' })).not.toContain('lifeboat approve');
  expect(said(restoring, { step: 'restore' })).not.toContain('lifeboat approve');
  expect(said(restoring, { state: 'failed', step: 'approve', failure: 'x' })).not.toContain('lifeboat');
});

test('how to approve gives way before what runs does', () => {
  const { written, live } = recorded({ redraw: true, columns: 100, rows: 4 });
  for (const region of ['westeurope', 'northeurope', 'eastus'])
    live.report(viewOf(restoring.replace('westeurope', region), { step: 'approve' }));
  live.stop();
  const screen = new Screen();
  screen.write(written.join(''));
  expect(screen.lines().map((line) => line.split(' ')[0])).toEqual(['lms', 'lms', 'lms']);
});

test('stored text cannot act upon the terminal', () => {
  for (const redraw of [true, false]) {
    const { written, live } = recorded({ redraw, columns: 100, rows: 24 });
    live.report(viewOf(lms, { step: 'evil\u001B[31m\u0007\nstep' }));
    live.stop();
    expect(written.join('')).toContain('evil step');
  }
});
