/** What only a failing program shows: an unexpected error in one line, its stack with `--debug` alone. */
import { Readable } from 'node:stream';
import { DateTime } from 'luxon';
import { expect, test } from 'vitest';
import { run } from '../../src/cli/program.ts';

async function runBroken(
  args: readonly string[],
): Promise<{ readonly code: number; readonly stderr: string }> {
  let stderr = '';
  const code = await run(args, {
    stdin: () => Readable.from([]),
    stdout: {
      write: () => {
        throw new TypeError('the stream is\nbroken');
      },
    },
    stderr: { write: (text) => (stderr += text) },
    env: {},
    cwd: '/',
    home: '/',
    now: () => DateTime.fromISO('2026-03-01T01:30:00.000Z', { zone: 'utc' }),
    signal: new AbortController().signal,
  });
  return { code, stderr };
}

test('an unexpected error is one line', async () => {
  expect(await runBroken(['estate', 'schema'])).toEqual({
    code: 1,
    stderr: 'lifeboat: unexpected error: the stream is broken (--debug shows where)\n',
  });
});

test('with --debug an unexpected error shows its stack', async () => {
  const { code, stderr } = await runBroken(['estate', 'schema', '--debug']);
  expect(stderr).toMatch(/^TypeError: the stream is\nbroken\n +at /);
  expect(code).toBe(1);
});

test('a failure shows no stack, not even with --debug', async () => {
  const { code, stderr } = await runBroken(['status', '--debug', '--profile', 'no-such-folder/profile.json']);
  expect(stderr).toMatch(/^lifeboat: .*does not exist\.\nNext: /);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(code).toBe(64);
});

test.each([
  [['drill', '--seed', 'x'], 'lifeboat drill run --help'],
  [['restore', 'plan', '--to', 'yesterday'], 'lifeboat restore plan --help'],
  [['snapshot', '--sytem', 'lms'], 'lifeboat snapshot --help'],
  [['approve', 'x', '--reason', 'y'], 'lifeboat approve --help'],
  [['nonsense'], 'lifeboat --help'],
])('%j is answered with the help of that very command', async (args, help) => {
  const { code, stderr } = await runBroken(args);
  expect(code).toBe(64);
  expect(stderr).toMatch(new RegExp(`\\nNext: ${help}\\n$`));
});
