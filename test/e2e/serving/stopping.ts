/** A second start beside a stack that serves, and Ctrl-C while it serves and while it seeds. Ends the stack. */
import { expect, test } from 'vitest';
import { shared } from './shared-stack.ts';

const alreadyRuns = 5;

/** Registers the tests. */
export function stoppingTests(): void {
  test('a second start on the same folder is refused and leaves the first one alone', async () => {
    const ended = await shared.stack.start(['--once']).ended;
    expect(ended.code, ended.output).toBe(alreadyRuns);
    expect(ended.stderr).toContain(`an embedded stack already runs on ${shared.stack.stateDir}`);
    expect(ended.output).not.toMatch(/\n\s+at /);
    expect((await shared.api.get('status')).status).toBe(200);
    expect(shared.program.hasEnded).toBe(false);
  });

  test('Ctrl-C while it serves stops everything', async () => {
    const ended = await shared.program.interrupt();
    expect(ended.output).toMatch(/^✓ stopping/m);
    expect(shared.stack.processes()).toEqual([]);
  });

  test('Ctrl-C while it seeds stops everything, and the next start goes on', async () => {
    const seeding = shared.stack.start(['--fresh', '--writer-every', '0']);
    await seeding.says(/^✓ database servers/m);
    const ended = await seeding.interrupt();
    expect(ended.output).toMatch(/^✗ sample estate/m);
    expect(ended.output).toMatch(/^✓ stopping/m);
    expect(ended.output).not.toMatch(/\n\s+at |[Ee]rror/);
    expect(shared.stack.processes()).toEqual([]);
    const next = await shared.stack.once();
    expect(next.code, next.output).toBe(0);
    expect(next.output).toMatch(/^✓ database servers .* 0 new/m);
    expect(shared.stack.processes()).toEqual([]);
  });
}
