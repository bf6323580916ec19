/** What an auditor finds in a report beside its result. */
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { reportMarkdown } from '../../src/activities/report-markdown.ts';
import type { DrillFacts } from '../../src/contracts/drill.ts';
import type { DrillReport } from '../../src/contracts/report.ts';
import { instantOf, isoOf } from '../../src/contracts/values.ts';
import { vaultPaths } from '../../src/contracts/vault-paths.ts';
import { digestOf } from '../../src/policy/canonical-json.ts';
import { nextSlot, previousSlot } from '../../src/policy/schedule.ts';
import { drillFactsOf } from '../support/drill-facts.ts';
import { restoreServer, takeSnapshot } from '../support/drill-steps.ts';
import { scope } from '../support/sample-estate.ts';
import { VirtualWallClock } from '../support/wall-clock.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
let facts: DrillFacts;
beforeEach(async () => {
  world = makeWorld(new VirtualWallClock());
  await takeSnapshot(world);
  facts = await drillFactsOf(world, await restoreServer(world));
});

async function reportOf(changes: Partial<DrillFacts> = {}): Promise<DrillReport> {
  await world.value('finalizeReport', { ...facts, ...changes });
  return world.vault.json(vaultPaths.report(scope, facts.drill));
}

describe('a report says', () => {
  test('when a drill was due, is due again, and until when this one is fresh', async () => {
    const { due, finalizedAt } = await reportOf();
    const schedule = world.deps.estate.systems[0]!.schedules.drill;
    const at = instantOf(finalizedAt);
    const next = nextSlot(schedule, at)!;
    expect(due).toMatchObject({ previous: isoOf(previousSlot(schedule, at)!), next: isoOf(next) });
    expect(instantOf(due.freshUntil!) > next).toBe(true);
  });

  test('who asked for it, who operated it, who approved the objectives, and that nobody attested it', async () => {
    const { people, attestation, plan } = await reportOf();
    expect(people).toEqual({
      ...{ requester: 'the schedule of the estate file', operator: 'lifeboat' },
      objectivesApprovedBy: plan.objectives.approvedBy,
      objectivesApprovedAt: plan.objectives.approvedAt,
    });
    expect(attestation.statement).toContain('no person has attested it');
  });

  test('by which criteria it was judged: each check, both objectives, nothing left behind', async () => {
    const { successCriteria, plan } = await reportOf();
    for (const check of plan.checks)
      expect(successCriteria).toContain(`check ${check} passes on every database that it is for`);
    expect(successCriteria.join()).toContain(`the RPO achieved is at most ${plan.objectives.rpoSeconds} s`);
    expect(successCriteria.join()).toContain(`the RTO achieved is at most ${plan.objectives.rtoSeconds} s`);
  });

  test('which steps were not taken, and why', async () => {
    const check = { ...facts.checks[0]!, status: 'not-run' as const, actual: 'not restored: refused' };
    const { notExecuted } = await reportOf({ restore: 'failed', checks: [check] });
    expect(notExecuted).toContainEqual({
      ...{ step: `check ${check.id} on ${check.database}`, reason: 'not restored: refused' },
    });
    expect(notExecuted.map(({ step }) => step)).toContain('restoring blobs');
    expect(notExecuted.map(({ step }) => step).join()).toContain('switching the application over');
  });

  test('which controls it serves, every one that auditors ask for', async () => {
    const { controls } = await reportOf();
    expect(controls.map(({ framework, control }) => `${framework.split(/[ :]/)[0]} ${control}`)).toEqual([
      'ISO 8.5',
      ...['ISO/IEC A.5.30', 'ISO/IEC A.8.13', 'ISO/IEC A.8.14'],
      ...['SOC A1.2', 'SOC A1.3'],
      ...['HIPAA 164.308(a)(7)(ii)(B)', 'HIPAA 164.308(a)(7)(ii)(C)', 'HIPAA 164.308(a)(7)(ii)(D)'],
      ...['GDPR Art. 32(1)(c)', 'GDPR Art. 32(1)(d)', 'DORA Art. 11', 'DORA Art. 12'],
      ...['NIST CP-4', 'NIST CP-9', 'NIST CP-10'],
    ]);
  });

  test('where its evidence lies, with digests that what lies there has', async () => {
    const { evidence } = await reportOf();
    expect(evidence.map(({ what }) => what.split(' ').slice(0, 2).join(' '))).toEqual(
      expect.arrayContaining(['the plan', 'fingerprint of', 'inventory of', 'check heartbeat']),
    );
    for (const { path, digest, over } of evidence) {
      const text = world.vault.text(path);
      const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
      const ofLines = createHash('sha256').update(lines.map((line) => `${line}\n`).join(''));
      const found =
        over === 'canonical JSON' ? digestOf(JSON.parse(text)) : `sha256-${ofLines.digest('hex')}`;
      expect([path, found]).toEqual([path, digest]);
    }
  });
});

test('the Markdown shows it all, as text', async () => {
  const hostile = '<b>x</b> | [y](javascript:1)';
  const report = await reportOf();
  const markdown = reportMarkdown({
    ...report,
    people: { ...report.people, requester: hostile },
    notExecuted: [{ step: hostile, reason: hostile }],
    attestation: { ...report.attestation, statement: hostile },
  });
  for (const title of [
    '## Exercise',
    '### Not executed',
    '## Controls',
    '## Attestation',
    '## How to verify it',
  ])
    expect(markdown).toContain(`\n${title}\n`);
  expect(markdown).not.toMatch(/<b>|(?<!\\)\[y/);
});
