/** A stack that serves: its drills, what they say of each kind of damage, its API and command line, and its end. */
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { apiTests } from './serving/api.ts';
import { auditTests } from './serving/audit.ts';
import { drillTests } from './serving/drill.ts';
import { repairTests } from './serving/repair.ts';
import { restoreTests } from './serving/restore.ts';
import { runbookTests } from './serving/runbooks.ts';
import { sabotageTests } from './serving/sabotage.ts';
import { secretsTests } from './serving/secrets.ts';
import { shared, startShared } from './serving/shared-stack.ts';
import { stoppingTests } from './serving/stopping.ts';

beforeAll(startShared);
afterAll(() => shared.stack.remove());

describe('a drill', () => {
  afterEach(() => shared.stack.control.forgetFaults());
  drillTests();
});

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
describe('the app', () => {
  apiTests();
});
describe('what was done', () => {
  auditTests();
});
describe('the stack', () => {
  secretsTests();
  stoppingTests();
});
