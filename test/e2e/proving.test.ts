/** A stack that proves itself: every scenario of its drills, its API and command line, and what its audit log tells. */
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { apiTests } from './serving/api.ts';
import { auditTests } from './serving/audit.ts';
import { drillTests } from './serving/drill.ts';
import { secretsTests } from './serving/secrets.ts';
import { shared, startShared } from './serving/shared-stack.ts';

beforeAll(startShared);
afterAll(() => shared.stack.remove());

describe('a drill', () => {
  afterEach(() => shared.stack.control.forgetFaults());
  drillTests();
});
describe('the app', () => {
  apiTests();
});
describe('what was done', () => {
  auditTests();
});
describe('the stack', () => {
  secretsTests();
});
