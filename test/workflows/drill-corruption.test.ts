import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scope, sourceServer } from '../support/sample-estate.ts';
import { PlayedDrill } from '../support/played-drill.ts';
import { WorkflowHub } from '../support/workflow-hub.ts';

let hub: WorkflowHub;
beforeEach(async () => {
  hub = new WorkflowHub(Date.UTC(2026, 2, 1, 4));
  await hub.world.value('recordHeartbeat', scope);
});
afterEach(() => hub.close());

const { run: drill, report, check } = new PlayedDrill(() => hub, 'corruption');

describe('a drill of corruption', () => {
  test('brings rows back as they were, and puts a damaged blob right from its good copy', async () => {
    const tables = structuredClone([...hub.world.source.tables]);
    const blobs = new Map(hub.world.contents.blobs);
    expect(await drill()).toMatchObject({ result: 'PASS', reasons: [], scenario: 'corruption' });
    expect(check('exercise')).toMatchObject({
      status: 'passed',
      measured: { rows: 101, corruptedInSource: 101, restoredMillisecondsBefore: 1 },
    });
    expect(check('repair')).toMatchObject({ status: 'passed', measured: { bytes: 65_536 } });
    const { plan, scenario, cleanUp, limitations, timeline } = report();
    expect(plan.checks.at(-1)).toBe('repair');
    expect(cleanUp).toMatchObject({ scratch: { container: plan.scratch, outcome: 'absent' } });
    expect(scenario?.told.join('\n')).toMatch(
      /101 rows .* were overwritten at .*\n.*passed: all 101.*\n.*right again/,
    );
    expect(limitations.join('\n')).toContain('A blob of Lifeboat’s own was damaged');
    expect(timeline.map(({ step }) => step)).toContain('clean up blobs');
    expect(hub.world.scratch.standing()).toEqual([]);
    expect(hub.world.servers.standing()).toEqual([sourceServer]);
    expect([...hub.world.source.tables]).toEqual(tables);
    expect(new Map(hub.world.contents.blobs)).toEqual(blobs);
  });

  test.each([
    [5, /the corruption is there/],
    [-60, /rows are missing/],
  ])('fails where the provider restored %i ms beside', async (milliseconds, finding) => {
    const { onRestored } = hub.world.servers;
    hub.world.servers.onRestored = (from, to, instant) =>
      onRestored(from, to, instant.plus({ milliseconds }));
    expect((await drill()).result).toBe('FAIL');
    expect(check('exercise').findings.join('; ')).toMatch(finding);
  });

  test('fails where a repair does not do what it says, and leaves no container', async () => {
    const put = hub.world.scratch.put.bind(hub.world.scratch);
    // A store that takes every write says that it has put right what nobody has.
    hub.world.scratch.put = async (container, name, expected, content) => {
      if (expected === 'absent') return put(container, name, expected, content);
      for await (const _chunk of content);
      return '"0"';
    };
    expect((await drill()).result).toBe('FAIL');
    expect(check('repair').findings).toEqual([
      'the damage was not noticed: the blob was found ok',
      'a copy that is wrong was written',
      'what had changed meanwhile was written over: written',
    ]);
    expect(hub.world.scratch.standing()).toEqual([]);
  });

  test('is inconclusive where no blob can be written, and says why', async () => {
    hub.world.scratch.faults.on('create', 'before', { times: 99 });
    expect(await drill()).toMatchObject({
      result: 'INCONCLUSIVE',
      reasons: expect.arrayContaining([expect.stringMatching(/^check repair gave no answer/)]) as string[],
    });
  });

  test('does everything once, whatever is lost on the way', async () => {
    const { scratch, databases } = hub.world;
    databases.faults.on('WITH harmed AS', 'after');
    scratch.faults.on('create', 'after').on('put', 'after').on('remove', 'after');
    expect((await drill()).result).toBe('PASS');
    expect(scratch.effects.filter((one) => one.startsWith('create'))).toHaveLength(1);
    expect(scratch.standing()).toEqual([]);
  });
});
