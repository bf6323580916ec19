/** `lifeboat approvals | approve | reject`: what is shown, what is sent, and the name that is typed. */
import { expect, test } from 'vitest';
import { approvalView, decisionResponse, type ApprovalView } from '../../src/contracts/api/approvals.ts';
import { expectNarrow } from './golden.ts';
import { estateOf, expectRefused, north, slot } from './running-apps.ts';

const narrow = ['--system', 'lms', '--region', 'northeurope'];
const digest = `sha256-${'0'.repeat(64)}`;
const view = (changes: Partial<ApprovalView> = {}): ApprovalView =>
  approvalView.parse({
    ...{ kind: 'prune', id: `prune-${slot}`, system: 'lms', region: 'northeurope', digest },
    ...{ since: '2026-03-01T01:00:00.000Z', summary: 'deletes 12 recovery point(s) for good' },
    ...{ requestedBy: 'a@b', requestedByName: 'Jane', requested: 'asked for by Jane (a@b)' },
    ...{ state: 'waiting', standing: `no decision on ${digest} was written yet`, ...changes },
  });
const listing = (...approvals: ApprovalView[]) => ({ 'GET approvals': { json: { approvals } } });
const answer = (kind: ApprovalView['kind'], decision = 'approved', more: object = {}) =>
  decisionResponse.parse({
    ...{ kind, id: kind === 'estate' ? 'estate' : `${kind}-${slot}`, digest, decision, by: 'c@d' },
    ...{ at: '2026-03-01T01:30:00.000Z', ...more },
    ...(decision === 'approved' ? { expiresAt: '2026-03-02T01:30:00.000Z' } : {}),
  });
const sent = (estate: Awaited<ReturnType<typeof estateOf>>) =>
  estate.apps[0]!.asked.filter(({ method }) => method === 'POST');

test('approvals shows what waits, who asked for it, and the command that decides on it', async () => {
  await using estate = await estateOf({ northeurope: { ...north, ...listing(view()) } });
  const { code, stdout } = await estate.place.runHere(['approvals']);
  expect(code).toBe(0);
  const flowing = stdout.replaceAll(/\s+/g, ' ');
  for (const said of [
    `prune-${slot} of lms in northeurope`,
    'would: deletes 12 recovery point(s) for good',
    'who: asked for by Jane (a@b)',
    `digest: ${digest}`,
    `lifeboat approve prune-${slot} \\ --system lms --region northeurope --reason`,
  ])
    expect(flowing).toContain(said);
  expectNarrow(stdout);
  const lines = await estate.place.runHere(['approvals', '--output', 'jsonl']);
  expect(JSON.parse(lines.stdout)).toEqual(view());
});

test('approvals of one shows everything that it would do', async () => {
  const routes = {
    ...listing(view()),
    [`GET approvals/lms/${digest}`]: { json: view({ lines: ['on-demand-1: it is 9 days old'], more: 7 }) },
  };
  await using estate = await estateOf({ northeurope: { ...north, ...routes } });
  const { code, stdout } = await estate.place.runHere(['approvals', `prune-${slot}`]);
  expect(code).toBe(0);
  expect(stdout).toContain('  - on-demand-1: it is 9 days old\n  and 7 more');
});

test('approvals says so where nothing waits', async () => {
  await using estate = await estateOf({ northeurope: { ...north, ...listing() } });
  expect((await estate.place.runHere(['approvals'])).stdout).toBe('Nothing waits for a decision.\n');
});

test.each([`prune-${slot}`, digest])(
  'approve %s sends the digest and the reason, with the system typed',
  async (id) => {
    const routes = { ...listing(view()), 'POST approvals/lms/approve': { json: answer('prune') } };
    await using estate = await estateOf({ northeurope: { ...north, ...routes } });
    const asked = ['approve', id, '--reason', 'read'];
    expectRefused(await estate.place.runHere(asked), 64, /"lms" was not typed: nothing was done/);
    expect(sent(estate)).toEqual([]);
    const { code, stdout, stderr } = await estate.place.runHere([...asked, '--confirm', 'lms']);
    expect({ code, stdout }).toEqual({
      ...{ code: 0, stdout: `prune-${slot} is approved, which counts until 2026-03-02 01:30:00Z.\n` },
    });
    expect(stderr).toContain('deletes 12 recovery point(s) for good');
    expect(stderr).toContain(digest);
    expect(stderr).not.toContain('lifeboat approve');
    expect(stderr).toContain(`lifeboat prune --system lms --region northeurope --plan ${digest} --wait`);
    expect(sent(estate)).toMatchObject([{ body: { digest, reason: 'read' } }]);
  },
);

test.each<[ApprovalView['kind'], string, RegExp]>([
  ['repair', `repair-${slot}`, /is approved.*Watch it with: lifeboat operation repair\.lms/s],
  ['restore', `restore-${slot}`, /is approved.*Watch it with: lifeboat operation restore\.lms/s],
  ['estate', 'estate', /the weaker estate is approved.*It applies within a minute/s],
])('a %s is approved by the same word', async (kind, id, said) => {
  const operation = kind === 'estate' ? {} : { operation: `${kind}.lms.northeurope.${slot}` };
  const routes = {
    ...listing(view({ kind, id, ...operation })),
    'POST approvals/lms/approve': { json: answer(kind, 'approved', operation) },
  };
  await using estate = await estateOf({ northeurope: { ...north, ...routes } });
  const yes = kind === 'estate' ? ['--yes'] : [];
  const { code, stdout, stderr } = await estate.place.runHere(['approve', id, '--reason', 'read', ...yes]);
  expect(code).toBe(0);
  expect(stdout + stderr).toMatch(said);
});

test('reject needs no name, and a digest that does not wait is asked for by itself', async () => {
  const routes = {
    'GET approvals?system=lms': { json: { approvals: [] } },
    [`GET approvals/lms/${digest}`]: { json: view({ state: 'void', standing: 'it has expired' }) },
    'POST approvals/lms/reject': { json: answer('prune', 'rejected') },
  };
  await using estate = await estateOf({ northeurope: { ...north, ...routes } });
  const { code, stdout } = await estate.place.runHere([
    'reject',
    digest,
    ...narrow,
    '--reason',
    'no',
    '--json',
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ decision: 'rejected', digest });
});

test.each([
  [['approve', 'the-prune', '--reason', 'x'], 64, /must be a run such as/],
  [['approve', `prune-${slot}`], 64, /--reason/],
  [['approve', `prune-${slot}`, '--reason', 'x'], 4, /Nothing waits under prune-/],
] as const)('%j is refused', async (given, exit, said) => {
  await using estate = await estateOf({ northeurope: { ...north, ...listing() } });
  expectRefused(await estate.place.runHere([...given]), exit, said);
});

test('an id under which several wait is not guessed', async () => {
  const two = listing(
    view({ kind: 'estate', id: 'estate' }),
    view({ kind: 'estate', id: 'estate', system: 'crm' }),
  );
  await using estate = await estateOf({ northeurope: { ...north, ...two } });
  const asked = ['approve', 'estate', '--reason', 'x', '--yes'];
  expectRefused(await estate.place.runHere(asked), 64, /Several wait under estate/);
  expect(sent(estate)).toEqual([]);
});
