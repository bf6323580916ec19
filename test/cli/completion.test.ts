/**
 * Completion in the shells themselves: every command and option of the program's definition, and the values that only
 * the profile and the estate know. Where a shell is not installed its script is read for all of them.
 */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { beforeAll, describe, expect, test } from 'vitest';
import { bashScript } from '../../src/cli/completion/bash.ts';
import { completedCommands, type CompletedCommand } from '../../src/cli/completion/definition.ts';
import { Workplace } from './command.ts';
import { estateOf, north, west } from './running-apps.ts';

type Shell = 'bash' | 'zsh' | 'fish';
const shells: readonly Shell[] = ['bash', 'zsh', 'fish'];
const isInstalled = (shell: Shell): boolean => spawnSync(shell, ['--version']).status === 0;
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

let scripts: Record<Shell, string>;
beforeAll(async () => {
  await using place = await Workplace.make();
  const texts = await Promise.all(
    shells.map(async (shell) => (await place.runHere(['completion', shell])).stdout),
  );
  scripts = Object.fromEntries(shells.map((shell, index) => [shell, texts[index]])) as Record<Shell, string>;
});

const sampleEstate = (): Promise<string> => readFile(new URL('../../estate.yaml', import.meta.url), 'utf8');

/** How each shell is told of its script and asked for one line of words, the last one being typed. */
const drivers: Record<Shell, { readonly head: string; ask: (words: readonly string[]) => string }> = {
  bash: {
    head: '',
    ask: (words) =>
      `COMP_WORDS=(${words.map((one) => `'${one}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _lifeboat; echo "\${COMPREPLY[*]}"`,
  },
  zsh: {
    // What the completion system would do with the words is to show them.
    head: `compdef() { : }; compadd() { shift; print -rn -- "$* " }; _files() { : }
_describe() { local -a all; all=("\${(@P)@[-1]}"); print -rn -- "\${(j: :)\${(@)all%%:*}} " }\n`,
    ask: (words) =>
      `words=(${words.map((one) => `'${one}'`).join(' ')}); CURRENT=${words.length}; _lifeboat; print`,
  },
  fish: {
    head: '',
    ask: (words) => `echo (complete -C '${words.join(' ')}' | string split -f1 \\t)`,
  },
};

/** What a shell offers for each line; in a folder with a profile the command itself is there to be asked. */
function offered(shell: Shell, lines: readonly (readonly string[])[], cwd?: string): string[][] {
  const { head, ask } = drivers[shell];
  const own =
    shell === 'fish'
      ? 'function lifeboat; command "$LIFEBOAT_NODE" "$LIFEBOAT_MAIN" $argv; end'
      : 'lifeboat() { "$LIFEBOAT_NODE" "$LIFEBOAT_MAIN" "$@"; }';
  const input = [head, own, scripts[shell], ...lines.map(ask)].join('\n');
  const flags = { bash: ['--norc'], zsh: ['-f'], fish: ['--no-config'] }[shell];
  const { stdout, stderr } = spawnSync(shell, [...flags, '-c', input], {
    ...{ encoding: 'utf8', cwd },
    env: {
      PATH: process.env['PATH'],
      HOME: cwd ?? '/',
      LIFEBOAT_NODE: process.execPath,
      LIFEBOAT_MAIN: main,
    },
  });
  expect(stderr).toBe('');
  const answers = stdout.split('\n').slice(0, lines.length);
  // Zsh itself drops what does not begin with what was typed; its stand-in here does not.
  return answers.map((line, index) =>
    line
      .split(' ')
      .filter((word) => word !== '' && word.startsWith(shell === 'zsh' ? (lines[index]?.at(-1) ?? '') : '')),
  );
}

/** The commands as the running program defines them: read from its own script, by the words that lead to each. */
const definition = (): readonly { path: string[]; flags: string[] }[] =>
  [...scripts.bash.matchAll(/^ {4}'([a-z -]*)'\) if .*?-W '(--[^']*)'/gm)].map(([, at = '', flags = '']) => ({
    path: at === '' ? [] : at.split(' '),
    flags: flags.split(' '),
  }));

/** Where there is no such shell. */
function readScript(shell: Shell): void {
  test('is not installed here: its script at least names every command and option', () => {
    const missing = definition().flatMap(({ path, flags }) =>
      [path.join(' '), ...flags.map((flag) => (shell === 'fish' ? `-l ${flag.slice(2)}` : flag))].filter(
        (one) => !scripts[shell].includes(one),
      ),
    );
    expect(missing).toEqual([]);
  });
}

describe.each(shells)('%s', (shell) => {
  if (!isInstalled(shell)) return readScript(shell);

  test('offers every command, and every option of each', () => {
    const commands = definition();
    expect(commands.length).toBeGreaterThan(35);
    const asked = commands.flatMap(({ path }) => [
      ['lifeboat', ...path, ''],
      ['lifeboat', ...path, '--'],
    ]);
    const answers = offered(shell, asked);
    const wrong = commands.flatMap(({ path, flags }, index) => {
      const children = commands.filter(
        (one) => one.path.length === path.length + 1 && one.path.join(' ').startsWith(path.join(' ')),
      );
      const below = children
        .map((one) => one.path.at(-1) ?? '')
        .filter((name) => !answers[2 * index]?.includes(name));
      const missing = flags.filter((flag) => !answers[2 * index + 1]?.includes(flag));
      return [...below, ...missing].map((one) => `${path.join(' ')}: ${one}`);
    });
    expect(wrong).toEqual([]);
  });

  test('offers the values of options, of arguments, and of what was typed', async () => {
    await using estate = await estateOf({ westeurope: west, northeurope: north });
    await estate.place.write('estate.yaml', await sampleEstate());
    const lines: [string[], string[]][] = [
      [['drill', 'run', '--scenario', 'ran'], ['ransomware']],
      [['drill', '--scenario', 'rot'], ['rotate']],
      [
        ['--output', ''],
        ['table', 'json', 'jsonl'],
      ],
      [
        ['status', '--output', 'json'],
        ['json', 'jsonl'],
      ],
      [
        ['completion', ''],
        ['bash', 'zsh', 'fish'],
      ],
      [['drill', '--system', 'drill', 'cov'], ['coverage']],
      [
        ['status', '--region', ''],
        ['westeurope', 'northeurope'],
      ],
      [
        ['status', '--system', ''],
        ['cloud-storage', 'lms', 'unite-cloud'],
      ],
    ];
    const answers = offered(
      shell,
      lines.map(([words]) => ['lifeboat', ...words]),
      estate.place.folder,
    );
    expect(answers.map((words) => words.toSorted())).toEqual(
      lines.map(([, expected]) => expected.toSorted()),
    );
  });
});

test('bash understands an option with its value in one word', () => {
  expect(
    offered('bash', [
      ['lifeboat', 'status', '--output', '=', 'jsonl'],
      ['lifeboat', 'status', '--output', '='],
    ]),
  ).toEqual([['jsonl'], ['table', 'json', 'jsonl']]);
});

describe('what can be completed', () => {
  const program = (): Command => {
    const made = new Command('lifeboat').option('--profile <file>', 'who');
    const group = made.command('group').description("it's a group");
    group.command('run', { isDefault: true }).option('--fast', 'quickly').option('--system <id>', 'which');
    group.command('check [file]').option('--secret', 'x');
    made.command('hidden', { hidden: true });
    return made;
  };
  const named = (path: string): CompletedCommand | undefined =>
    completedCommands(program()).find((one) => one.path.join(' ') === path);

  test('follows the definition: a group takes the options of its default, nothing hidden is named', () => {
    expect(named('')?.commands).toEqual([{ name: 'group', description: "it's a group" }]);
    expect(named('group')?.options.map(({ flag }) => flag)).toEqual([
      ...['--profile', '--fast', '--system', '--help'],
    ]);
    expect(named('group check')).toMatchObject({ argument: { takesFile: true } });
    expect(named('group run')?.options.find(({ flag }) => flag === '--system')).toMatchObject({
      source: 'systems',
    });
  });

  test('quotes survive', () => {
    const script = bashScript(completedCommands(program()));
    expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });
});

test('values come from the estate file where there is one, and without a profile there are none', async () => {
  await using place = await Workplace.make();
  expect(await place.runHere(['completion-values', 'regions'])).toEqual({ code: 0, stdout: '', stderr: '' });
  await place.write('estate.yaml', 'nonsense: true');
  expect(await place.runHere(['completion-values', 'systems'])).toEqual({ code: 0, stdout: '', stderr: '' });
  await place.write('estate.yaml', await sampleEstate());
  expect((await place.runHere(['completion-values', 'systems'])).stdout.split('\n')).toContain('lms');
});

test('without an estate file the apps are asked for their systems', async () => {
  await using estate = await estateOf({ westeurope: west, northeurope: north });
  expect((await estate.place.runHere(['completion-values', 'systems'])).stdout).toBe('lms\ncloud-storage\n');
});
