/** What keeps a stack from starting: one clear message with the next step, the right exit code, nothing left running. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { sampleEstate, type EstateFile } from './support/estate-file.ts';
import { basePorts, occupy } from './support/ports.ts';
import { projectRoot } from './support/project.ts';
import type { Ended } from './support/program.ts';
import { TestStack } from './support/stack.ts';

const usage = 64;
const unavailable = 69;

const stacks: TestStack[] = [];
afterEach(async () => {
  for (const stack of stacks.splice(0)) await stack.remove();
});

test('an estate file with two mistakes: both are named with their place, and nothing is made', async () => {
  const estate = sampleEstate();
  estate.systems[0]!.objectives['rpo'] = 'soon';
  estate.systems[2]!.regions[0]!.databases[0]!.fingerprint = 'roughly';
  const stack = await makeStack(estate);
  const ended = await stack.start(['--once']).ended;
  expectRefusal(stack, ended, usage, [
    'estate.yaml has 2 problems',
    'systems[0].objectives.rpo: must be an ISO-8601 duration',
    'systems[2].regions[0].databases[0].fingerprint: ',
    '→ ',
  ]);
  expect(existsSync(stack.stateDir)).toBe(false);
});

test('an estate file that is not there: it is named', async () => {
  const stack = await makeStack();
  const missing = path.join(stack.folder, 'nowhere.yaml');
  const ended = await stack.start(['--once', '--estate', missing]).ended;
  expectRefusal(stack, ended, usage, [`the estate file ${missing} does not exist`, '→ Name an estate file']);
});

test('a port that another program uses: it is named with what needs it', async () => {
  const stack = await makeStack();
  const port = basePorts.manager + stack.portOffset;
  const other = await occupy(port);
  try {
    const ended = await stack.start(['--once']).ended;
    expectRefusal(stack, ended, unavailable, [
      `port ${port}, which the resource manager needs, is in use`,
      '→ Stop the program that uses it, or move all ports: LIFEBOAT_PORT_OFFSET=',
    ]);
  } finally {
    other.close();
  }
});

test('a disk without room: what is free and what is needed', async () => {
  const stack = await makeStack();
  const fullDisk = pathToFileURL(path.join(projectRoot, 'test/e2e/support/full-disk.mjs'));
  const ended = await stack.start(['--once'], { NODE_OPTIONS: `--import=${fullDisk.href}` }).ended;
  expectRefusal(stack, ended, unavailable, [
    `${stack.stateDir} has 0.1 GB free, 2.5 GB are needed`,
    '→ Free some space, or put the state on another disk',
  ]);
});

test('a state folder that cannot be made: it is named', async () => {
  const stack = await makeStack(sampleEstate());
  const ended = await stack.start(['--once', '--state', path.join(stack.folder, 'estate.yaml', 'state')])
    .ended;
  expectRefusal(stack, ended, unavailable, [
    `the state folder ${stack.folder}/estate.yaml/state cannot be made (ENOTDIR)`,
    '→ Put the state where you may write',
  ]);
});

test('an option that there is none of: the help is pointed to', async () => {
  const stack = await makeStack();
  const ended = await stack.start(['--onec']).ended;
  expectRefusal(stack, ended, usage, ["Unknown option '--onec'", '→ See: npm start -- --help']);
});

async function makeStack(estate?: EstateFile): Promise<TestStack> {
  const stack = await TestStack.make(estate);
  stacks.push(stack);
  return stack;
}

function expectRefusal(stack: TestStack, ended: Ended, code: number, words: readonly string[]): void {
  for (const word of words) expect(ended.stderr).toContain(word);
  expect(ended.code).toBe(code);
  expect(ended.output).not.toMatch(/\n\s+at |[Ee]rror:/);
  expect(stack.processes()).toEqual([]);
}
