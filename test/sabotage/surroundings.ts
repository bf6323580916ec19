/** The provider, the clocks, the restored server and the application: whatever is wrong around the data. */
import { addressOf } from '../support/memory-servers.ts';
import type { Sabotage } from './sabotage.ts';
import { hooks } from './shop.ts';
import type { SabotagedDrill } from './stage.ts';

const providerFails = (name: string, code: string, message: string): Sabotage => ({
  ...{ name, result: 'FAIL', says: new RegExp(`the restore failed: ${code}: ${message}`) },
  arrange: ({ world }) => world.servers.failNext('restore', code, message),
});

/** The restored server is changed as soon as it is ready. */
const changed = (
  name: string,
  change: (drill: SabotagedDrill, target: string) => void,
  expected: Pick<Sabotage, 'result' | 'checks' | 'says'>,
): Sabotage => ({
  ...{ name, ...expected },
  arrange: (drill) => {
    drill.onRestored = (target) => change(drill, target);
  },
});

const answers = (
  name: string,
  route: string,
  reply: object | undefined,
  result: Sabotage['result'],
  says: RegExp,
): Sabotage => ({
  ...{ name, result, says, checks: ['smoke'] },
  arrange: ({ http }) => void http.on(route, reply),
});

export const surroundingSabotages: readonly Sabotage[] = [
  providerFails('a WAL segment that is missing', 'RestoreFailed', 'WAL segment 00000001 is missing'),
  providerFails('a base backup that is damaged', 'RestoreFailed', 'The base backup is damaged'),
  {
    ...{ name: 'a server that never gets ready', result: 'FAIL', says: /the restore timed out/ },
    arrange: ({ world }) => void (world.servers.polls.restore = Number.POSITIVE_INFINITY),
  },
  {
    ...{ name: 'a server that cannot be removed', result: 'FAIL', checks: [] },
    says: /a server of the drill was left behind/,
    arrange: ({ world }) => world.servers.failNext('delete-server', 'ServerLocked', 'a lock forbids it'),
  },
  {
    ...{ name: 'a server that lets everybody in', result: 'FAIL', checks: [] },
    says: /isolation: a connection that had to be refused was let in/,
    arrange: ({ databases }) => {
      databases.attempt = { outcome: 'connected', detail: 'the server let the connection in' };
    },
  },
  {
    ...{ name: 'a server of which nobody can tell whom it lets in', result: 'INCONCLUSIVE', checks: [] },
    says: /whether a connection is refused could not be found out/,
    arrange: ({ databases }) => {
      databases.attempt = { outcome: 'unclear', detail: 'the connection was reset' };
    },
  },
  changed(
    'a restored server that falls silent',
    ({ databases }, target) => void setImmediate(() => databases.routes.delete(addressOf(target))),
    { result: 'INCONCLUSIVE', says: /is silent/ },
  ),
  changed(
    'parameters that are others',
    ({ world }, target) => world.servers.putParameter(target, 'work_mem', '64'),
    { result: 'FAIL', checks: ['configuration'], says: /work_mem/ },
  ),
  changed(
    'a parameter that was not there',
    ({ world }, target) => world.servers.putParameter(target, 'fsync', 'off'),
    { result: 'FAIL', checks: ['configuration'], says: /fsync/ },
  ),
  {
    ...{ name: 'parameters that are lost', result: 'FAIL', checks: ['configuration'], says: /work_mem/ },
    // The provider says done, and sets nothing.
    arrange: ({ world }) => {
      const { servers } = world;
      servers.beginParameter = async () => ({ state: 'done', detail: 'set' });
    },
  },
  changed(
    'a network rule that lets a stranger in',
    ({ world }, target) =>
      void world.servers
        .beginFirewallRule(target, 'stranger', { start: '203.0.113.1', end: '203.0.113.9' })
        .then((start) => (start.state === 'running' ? world.servers.poll(start.operation) : undefined)),
    { result: 'FAIL', checks: ['configuration'], says: /network rule stranger is not of this run/ },
  ),
  {
    ...{ name: 'a login that was not there', result: 'FAIL', checks: ['configuration'] },
    ...{ sql: 'CREATE ROLE burglar LOGIN', undo: 'DROP ROLE burglar', says: /burglar/ },
  },
  {
    ...{ name: 'a login with more rights', result: 'FAIL', checks: ['configuration'] },
    ...{
      sql: 'ALTER ROLE shop_clerk CREATEROLE',
      undo: 'ALTER ROLE shop_clerk NOCREATEROLE',
      says: /shop_clerk/,
    },
  },
  {
    ...{ name: 'a host whose clock is off', result: 'FAIL', checks: ['clock'], says: /check clock: / },
    arrange: ({ offsets }) => void offsets.push({ source: 'resource manager', seconds: 3_600 }),
  },
  {
    ...{ name: 'a clock that nobody can ask', result: 'INCONCLUSIVE', checks: ['clock'] },
    says: /check clock gave no answer/,
    arrange: ({ offsets }) => void offsets.push({ source: 'resource manager', seconds: undefined }),
  },
  changed(
    'a clock that steps back during the drill',
    ({ hub }) => hub.time.jumpTo(hub.time.now() - 7_200_000),
    { result: 'FAIL', checks: ['clock'], says: /check clock: / },
  ),
  {
    ...{
      name: 'data that is older than the objective',
      result: 'FAIL',
      says: /the RPO objective was missed/,
    },
    arrange: ({ hub }) => hub.time.jumpTo(hub.time.now() + 25 * 3_600_000),
  },
  answers(
    'an application that finds other data',
    `GET ${hooks}/app/items`,
    { text: '{"count":2}' },
    'FAIL',
    /\/count is 2 instead of 3/,
  ),
  answers(
    'an application that fails',
    `GET ${hooks}/app/items`,
    { status: 500 },
    'FAIL',
    /status 500 instead of 200/,
  ),
  answers(
    'a hook that is away',
    `POST ${hooks}/start`,
    undefined,
    'INCONCLUSIVE',
    /the start hook gave no answer/,
  ),
];
