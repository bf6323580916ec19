/** A stack that serves: damage that is found, repairs, restores, what its runbooks say, and its end. */
import { afterAll, beforeAll, describe } from 'vitest';
import { repairTests } from './serving/repair.ts';
import { restoreTests } from './serving/restore.ts';
import { runbookTests } from './serving/runbooks.ts';
import { sabotageTests } from './serving/sabotage.ts';
import { secretsTests } from './serving/secrets.ts';
import { shared, startShared } from './serving/shared-stack.ts';
import { stoppingTests } from './serving/stopping.ts';

beforeAll(startShared);
afterAll(() => shared.stack.remove());

describe('a drill finds', () => {
  sabotageTests();
});
describe('a scan and a repair', () => {
  repairTests();
});
describe('a restore for people', () => {
  restoreTests();
});
describe('a runbook', () => {
  runbookTests();
});
describe('the stack', () => {
  secretsTests();
  stoppingTests();
});
