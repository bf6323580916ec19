/** What the plan of a restore says: what is lost, how long it takes, what is kept, who must approve. */
import { DateTime } from 'luxon';
import { expect, test } from 'vitest';
import { decideRestorePlan, type RestoreFacts } from '../../src/policy/restore-plan.ts';

const at = (text: string): DateTime => DateTime.fromISO(`2026-03-01T${text}Z`, { zone: 'utc' });
const main = {
  ...{ database: 'main', source: 'shop', target: 'shop-again', instant: at('13:59:00.000') },
  heartbeat: { newest: at('13:58:02.000') },
  isGone: false,
};
const facts: RestoreFacts = {
  to: '2026-03-01T13:59:00.000Z',
  plannedAt: at('14:02:17.000'),
  choice: { kind: 'instant', instant: at('13:59:00.000') },
  points: [
    { id: 'before', instant: at('01:30:00.000') },
    { id: 'after', instant: at('14:00:00.000') },
    { id: 'long before', instant: at('00:30:00.000') },
  ],
  databases: [main],
  checks: ['heartbeat', 'pages'],
  stores: ['files'],
  allowedAddresses: [{ start: '10.0.1.1', end: '10.0.1.9' }],
  past: [],
  price: undefined,
  breakGlassAfterSeconds: 900,
};
const decide = (changes: Partial<RestoreFacts> = {}) => decideRestorePlan({ ...facts, ...changes });

test('what is lost counts from the newest heartbeat that will be there', () => {
  expect(decide().loss).toEqual({ newestHeartbeat: at('13:58:02.000'), seconds: 255, unknown: [] });
});

test('of two databases the one that loses most speaks for the system', () => {
  const second = { ...main, database: 'events', heartbeat: { newest: at('13:50:17.000') } };
  expect(decide({ databases: [main, second] }).loss).toMatchObject({ seconds: 720 });
});

test('one database of which it is not known leaves the loss open, with the reason', () => {
  const second = { ...main, database: 'events', heartbeat: { problem: 'nothing listens' } };
  const { loss } = decide({ databases: [main, second] });
  expect(loss).toEqual({
    ...{ newestHeartbeat: undefined, seconds: undefined },
    unknown: [{ database: 'events', problem: 'nothing listens' }],
  });
});

test('how long it takes is the median of what was, with its range; without a history it is left out', () => {
  expect(decide().expected).toEqual({});
  const past = [60, 240, 120].map((restore) => ({ restore, reconfigure: 5, validate: 10 }));
  const { overall, restore, validate } = decide({ past }).expected;
  expect(overall).toEqual({ samples: 3, median: 135, shortest: 75, longest: 255 });
  expect(restore).toEqual({ samples: 3, median: 120, shortest: 60, longest: 240 });
  expect(validate).toEqual({ samples: 3, median: 10, shortest: 10, longest: 10 });
});

test('the neighbours of an instant are kept, and of a point the point alone', () => {
  expect(decide().pinned).toEqual(['before', 'after']);
  expect(decide({ choice: { kind: 'point', point: 'long before' } }).pinned).toEqual(['long before']);
});

test('every step is told, in the order in which it happens', () => {
  const { steps } = decide();
  expect(steps.map(({ step }) => step)).toEqual(['approve', 'pin', 'restore', 'open', 'check', 'keep']);
  expect(steps.map(({ what }) => what).join('\n')).toContain(
    'database main of shop is restored to 2026-03-01T13:59:00.000Z into the new server shop-again',
  );
  expect(decide({ points: [] }).steps.map(({ step }) => step)).not.toContain('pin');
});

test('what it costs is per hour for every server, and left out without a price', () => {
  expect(decide().cost).toBeUndefined();
  const price = { currency: 'EUR', restoredServerPerHour: 0.1 };
  expect(decide({ price, databases: [main, main, main] }).cost).toEqual({
    ...{ currency: 'EUR', perHour: 0.3, servers: 3 },
  });
});

test('another person must approve; whether one may go on alone is said both ways', () => {
  expect(decide().approval).toEqual({ by: 'another-person', breakGlassAfterSeconds: 900 });
  expect(decide({ breakGlassAfterSeconds: undefined }).approval).toEqual({ by: 'another-person' });
  expect(decide().validUntil).toEqual(at('14:02:17.000').plus({ hours: 24 }));
});

test('a source that is gone is told, and what is kept of it is revived', () => {
  const { warnings, steps } = decide({ databases: [{ ...main, isGone: true }] });
  expect(warnings).toEqual([expect.stringMatching(/^the server shop is gone: what the provider kept of it/)]);
  const what = steps.map((one) => one.what).join('\n');
  expect(what).toContain('of shop, which is gone, is revived to 2026-03-01T13:59:00.000Z into');
  expect(what).not.toContain('the source is not written to');
});

test('"latest" of a source that does not answer is warned of; nothing else is', () => {
  const silent = { ...main, heartbeat: { problem: 'nothing listens', isSilent: true } };
  expect(decide({ to: 'latest', databases: [silent] }).warnings).toEqual([
    expect.stringContaining('Use --to archived'),
  ]);
  expect(decide({ to: 'archived', databases: [silent] }).warnings).toBeUndefined();
  const unwritten = { ...main, heartbeat: { problem: 'no heartbeat up to there' } };
  expect(decide({ to: 'latest', databases: [unwritten] }).warnings).toBeUndefined();
});
