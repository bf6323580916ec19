/** What the command shows of an estate, as a process: status, points, reports; and which region and system it asks. */
import { expect, test } from 'vitest';
import { renderStatus } from '../../src/cli/status-view.ts';
import { statusResponse } from '../../src/contracts/api/status.ts';
import { drillId } from './canned-names.ts';
import { reportOf } from './canned-report.ts';
import { doubtful, passed, pointsOf, statusOf, untried } from './canned-status.ts';
import { type FakeApp, started } from './fake-app.ts';
import { expectNarrow } from './golden.ts';
import { keyOf } from './signed-report.ts';
import { estateOf, expectRefused, north, slot, west } from './running-apps.ts';

test('status shows every region; its JSON goes to standard output alone', async () => {
  await using estate = await estateOf({ westeurope: west, northeurope: north });
  const shown = await estate.place.run(['status']);
  const statuses = [west, north].map((routes) => routes['GET status'].json);
  expect(shown).toEqual({ code: 0, stdout: renderStatus(statuses, []), stderr: '' });
  const json = await estate.place.run(['status', '--json', '--system', 'lms', '--region', 'northeurope']);
  const { regions, unanswered } = JSON.parse(json.stdout) as { regions: unknown[]; unanswered: unknown[] };
  expect(regions.map((one) => statusResponse.parse(one).region)).toEqual(['northeurope']);
  expect(unanswered).toEqual([]);
  expect(json).toMatchObject({ code: 0, stderr: '' });
});

test('status with --exit-code exits as after a cycle', async () => {
  await using estate = await estateOf({ westeurope: west, northeurope: north });
  expect((await estate.place.run(['status', '--exit-code'])).code).toBe(2);
  expect((await estate.place.run(['status', '--exit-code', '--system', 'lms'])).code).toBe(0);
});

test('a region that gives no answer makes the status partial, all of them make it unavailable', async () => {
  await using estate = await estateOf({ westeurope: west, northeurope: north });
  const [first, second] = estate.apps as [FakeApp, FakeApp];
  await second.stop();
  const partial = await estate.place.run(['status']);
  expect(partial.code).toBe(3);
  expect(partial.stdout).toContain(
    `northeurope: NO ANSWER: ${second.url} cannot be reached: the connection was refused.`,
  );
  expect(partial.stdout).toContain('cloud-storage  westeurope');
  const json = await estate.place.run(['status', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    unanswered: [{ region: 'northeurope', url: second.url, code: 'unavailable' }],
  });
  await first.stop();
  expectRefused(
    await estate.place.run(['status']),
    69,
    /No region gave what was asked for:\n {2}westeurope: .*refused\.\n {2}northeurope: /,
  );
});

test('a token that is not accepted is access denied', async () => {
  await using estate = await estateOf({ westeurope: west });
  const [app] = estate.apps as [FakeApp];
  await estate.place.profile({ region: 'westeurope', url: app.url });
  const refused = await estate.place.run(['status'], { LIFEBOAT_TOKEN: 'another' });
  expectRefused(refused, 77, /the token is not valid here/);
});

test('an unknown system and an unknown region are answered with those that exist', async () => {
  await using estate = await estateOf({ westeurope: west, northeurope: north });
  expectRefused(
    await estate.place.run(['status', '--system', 'crm']),
    4,
    /No system "crm" is protected in westeurope, northeurope\.\nNext: Name one of: cloud-storage, lms\./,
  );
  expectRefused(
    await estate.place.run(['status', '--region', 'eastus']),
    64,
    /no deployment for the region eastus\.\nNext: Name one of: westeurope, northeurope\./,
  );
});

test('a region is taken when the system stands in one only, and asked for otherwise', async () => {
  const snapshot = started(`snapshot.cloud-storage.westeurope.${slot}`);
  await using estate = await estateOf({
    westeurope: { ...west, 'POST snapshots': snapshot },
    northeurope: north,
  });
  const taken = await estate.place.run(['snapshot', '--system', 'cloud-storage']);
  expect(taken.code).toBe(0);
  expect(taken.stdout).toContain(`snapshot.cloud-storage.westeurope.${slot}`);
  expect(estate.apps[0]?.asked.at(-1)).toMatchObject({
    method: 'POST',
    path: 'snapshots',
    body: { system: 'cloud-storage' },
  });
  expectRefused(
    await estate.place.run(['snapshot', '--system', 'lms']),
    64,
    /lms stands in several regions:\n {2}--system lms --region westeurope\n {2}--system lms --region northeurope\n/,
  );
  expectRefused(await estate.place.run(['drill']), 64, /Several systems are protected:/);
  expectRefused(await estate.place.run(['points', '--system', 'crm']), 4, /No system "crm"/);
});

test('points and reports are shown as text and written as they are', async () => {
  const report = reportOf('lms', 'northeurope');
  await using estate = await estateOf({
    northeurope: {
      ...north,
      'GET points/lms': { json: pointsOf('lms', 'northeurope') },
      [`GET reports/lms/${drillId}`]: { json: report },
      [`GET reports/lms/${drillId}?format=markdown`]: {
        status: 200,
        type: 'text/markdown',
        text: '# PASS\n\nwith *all* of it\n',
      },
    },
  });
  const { place } = estate;
  expect((await place.run(['points', '--system', 'lms'])).stdout).toMatch(
    /^RECOVERY POINT[^]*on-demand-20260301T013000Z[^]*on-demand-20260228T013000Z/,
  );
  expect(JSON.parse((await place.run(['points', '--json'])).stdout)).toEqual(pointsOf('lms', 'northeurope'));
  const text = await place.run(['report', '--system', 'lms']);
  expect(text.stdout).toContain('NOT SIGNED: There is no');
  expect(text.stdout).toMatch(/^PASS: restore drill of LMS in northeurope\n/);
  expectNarrow(text.stdout);
  expect((await place.run(['report', '--drill', drillId, '--format', 'markdown'])).stdout).toBe(
    '# PASS\n\nwith *all* of it\n',
  );
  expect(JSON.parse((await place.run(['report', '--json'])).stdout)).toEqual(report);
  expectRefused(
    await place.run(['report', '--drill', 'drill-1']),
    4,
    /There is no reports\/lms\/drill-1 here/,
  );
});

test('a report is written as it was signed, with its key, and listed', async () => {
  const key = keyOf('one').file;
  const jws = { status: 200, type: 'application/jose', text: 'a.b.c' };
  const listed = {
    reports: [
      { id: drillId, signed: true, number: 2, finalizedAt: '2026-03-01T01:31:33.500Z', result: 'PASS' },
      { id: 'drill-20260228T013000Z', signed: false, unreadable: 'report.json in the vault is no JSON' },
    ],
    older: 3,
  };
  await using estate = await estateOf({
    northeurope: {
      ...north,
      [`GET reports/lms/${drillId}`]: { json: reportOf('lms', 'northeurope') },
      [`GET reports/lms/${drillId}?format=key`]: { json: key },
      [`GET reports/lms/${drillId}?format=jws`]: jws,
      'GET reports/lms': { json: listed },
    },
  });
  const { place } = estate;
  expect((await place.run(['report'])).stdout).toContain(`signed, not verified here; key ${key.keyId}`);
  expect((await place.run(['report', '--format', 'jws'])).stdout).toBe('a.b.c\n');
  expect(JSON.parse((await place.run(['report', 'show', '--format', 'key'])).stdout)).toEqual(key);
  const list = await place.run(['report', 'list']);
  expect(list).toMatchObject({ code: 0, stderr: '' });
  expect(list.stdout).toMatch(/drill-20260301T013000Z +2 .* PASS .* signed\n/);
  expect(list.stdout).toMatch(/drill-20260228T013000Z .* unreadable .* unsigned\n/);
  expect(list.stdout).toContain('and 3 older one(s) in the vault');
  expectNarrow(list.stdout);
  expect(JSON.parse((await place.run(['report', 'list', '--json'])).stdout)).toEqual(listed);
});

test('the latest report of a system without one is explained', async () => {
  const unreadable = passed('other', 'westeurope', { drillUnreadable: 'report.json is not valid' });
  const { drill: _, ...hidden } = unreadable;
  await using estate = await estateOf({
    westeurope: {
      'GET status': {
        json: statusOf('westeurope', [untried('lms', 'westeurope'), hidden, doubtful('third', 'westeurope')]),
      },
    },
  });
  expectRefused(
    await estate.place.run(['report', '--system', 'lms']),
    4,
    /No drill of lms in westeurope has ended yet\.\nNext: Make one: lifeboat drill --system lms --region westeurope --wait/,
  );
  expectRefused(
    await estate.place.run(['report', '--system', 'other']),
    1,
    /cannot be shown: report\.json is not valid/,
  );
  expectRefused(await estate.place.run(['report', '--system', 'crm']), 4, /No system "crm"/);
});
